// Writing objects: plain create, and server-side apply.
import { isTrue, PATCH_FORCE } from "./objects/annotations.ts";
import { isConflict } from "./cluster/api-error.ts";
import { CREATE_MANAGER, hasCreateManager, takeOver } from "./objects/field-managers.ts";
import { gvkOf, maps, nameOf, namespaceOf, text } from "./objects/objects.ts";
import type { Reachable } from "./cluster/session.ts";
import type { Properties } from "../protocol/values.ts";

/** A plain create under the fixed name; fails when the object exists. */
export async function post(cluster: Reachable, object: Properties, preview: boolean): Promise<Properties> {
  return cluster.client.request({
    method: "POST",
    path: await cluster.discovery.collection(gvkOf(object), object),
    // Stricter than the official provider, which drops unknown fields of Kubernetes' own kinds
    // without a word.
    query: { fieldManager: CREATE_MANAGER, fieldValidation: "Strict", ...dryRun(preview) },
    body: object,
  });
}

/** Who applies, and how. */
export interface ApplyOptions {
  readonly manager: string;
  readonly force: boolean;
  readonly preview: boolean;
}

/** A server-side apply. Conflicts are explained. */
export async function apply(
  cluster: Reachable,
  object: Properties,
  options: ApplyOptions,
): Promise<Properties> {
  try {
    return await cluster.client.request({
      method: "PATCH",
      path: await cluster.discovery.path(gvkOf(object), namespaceOf(object), nameOf(object)),
      query: { fieldManager: options.manager, force: String(options.force), ...dryRun(options.preview) },
      contentType: "application/apply-patch+yaml",
      body: object,
    });
  } catch (error) {
    if (!isConflict(error) || !(error instanceof Error)) throw error;
    throw new Error(
      "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/" +
        "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting " +
        `help\nThe resource managed by field manager "${options.manager}" had an apply conflict: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * Hands the fields of kubectl and of plain creates over to the manager, so that its apply meets no
 * conflict there.
 */
export async function adopt(cluster: Reachable, live: Properties, manager: string): Promise<Properties> {
  const managedFields = takeOver(live, manager);
  if (managedFields === undefined) return live;
  return cluster.client.request({
    method: "PATCH",
    path: await cluster.discovery.path(gvkOf(live), namespaceOf(live), nameOf(live)),
    contentType: "application/json-patch+json",
    body: [
      { op: "replace", path: "/metadata/managedFields", value: managedFields },
      { op: "replace", path: "/metadata/resourceVersion", value: text(live, "metadata", "resourceVersion") },
    ],
  });
}

/** Gives up all fields that a manager holds. */
export async function relinquish(cluster: Reachable, object: Properties, manager: string): Promise<void> {
  const { apiVersion, kind } = object;
  const namespace = namespaceOf(object);
  const metadata = { name: nameOf(object), ...(namespace === "" ? {} : { namespace }) };
  const empty = { apiVersion: apiVersion ?? "", kind: kind ?? "", metadata };
  await cluster.client.request({
    method: "PATCH",
    path: await cluster.discovery.path(gvkOf(object), namespace, nameOf(object)),
    query: { fieldManager: manager },
    contentType: "application/apply-patch+yaml",
    body: empty,
  });
}

/** Whether an apply overrides the fields of others. */
export function forces(
  inputs: Properties,
  live: Properties | undefined,
  options: { enablePatchForce: boolean; preview: boolean },
): boolean {
  if (isTrue(inputs, PATCH_FORCE) || options.enablePatchForce) return true;
  // A preview of a replacement must not trip over the object that is there; a preview does not take
  // over beforehand.
  if (options.preview && (live === undefined || hasCreateManager(live))) return true;
  return live !== undefined && maps(live, "metadata", "managedFields").length === 0;
}

function dryRun(preview: boolean): Record<string, string> {
  return preview ? { dryRun: "All" } : {};
}
