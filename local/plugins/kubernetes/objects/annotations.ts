// The annotations by which a program steers the provider.
import { annotation, withValue } from "./objects.ts";
import { isProperties, UNKNOWN, type Properties } from "../../protocol/values.ts";

/** Marks an object whose name the provider made up. */
export const AUTONAMED = "pulumi.com/autonamed";
/** Nothing is waited for. */
export const SKIP_AWAIT = "pulumi.com/skipAwait";
/** Conditions that are waited for in place of what belongs to the kind. */
export const WAIT_FOR = "pulumi.com/waitFor";
/** How long is waited, in seconds. */
export const TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds";
/** A Job that is not complete is replaced. */
export const REPLACE_UNREADY = "pulumi.com/replaceUnready";
/** An apply overrides the fields of others. */
export const PATCH_FORCE = "pulumi.com/patchForce";
/** The name under which fields are owned. */
export const PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager";
/** What a deletion does to dependents. */
export const DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy";

/** True only for the text `true`. */
export function isTrue(object: Properties, key: string): boolean {
  return annotation(object, key) === "true";
}

/** A copy with the annotation `true`; unchanged where metadata or annotations are unknown. */
export function markTrue(object: Properties, key: string): Properties {
  const metadata = object["metadata"];
  if (metadata === UNKNOWN) return object;
  if (isProperties(metadata) && metadata["annotations"] === UNKNOWN) return object;
  return withValue(object, ["metadata", "annotations", key], "true");
}

const DEFAULT_TIMEOUT_MILLISECONDS = 10 * 60_000;

/**
 * How long to wait: the custom timeout in seconds if not 0, else the annotation, else ten minutes.
 */
export function timeoutMilliseconds(customSeconds: number, inputs: Properties): number {
  if (customSeconds !== 0) return Math.trunc(customSeconds) * 1000;
  const seconds = annotation(inputs, TIMEOUT_SECONDS);
  return /^[+-]?\d+$/.test(seconds) ? Number(seconds) * 1000 : DEFAULT_TIMEOUT_MILLISECONDS;
}

/** What deleting does to dependents. */
export function deletionPropagation(inputs: Properties): "Foreground" | "Background" | "Orphan" {
  switch (annotation(inputs, DELETION_PROPAGATION).toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}

// For everything else the annotation does not shorten a deletion.
const SKIPS_AWAIT_ON_DELETE = new Set([
  "v1/Namespace",
  "v1/Pod",
  "v1/ReplicationController",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "batch/v1/Job",
]);

/** True when a deletion of this object is not waited for. */
export function skipsAwaitOnDelete(inputs: Properties): boolean {
  const kind = `${String(inputs["apiVersion"])}/${String(inputs["kind"])}`;
  return isTrue(inputs, SKIP_AWAIT) && SKIPS_AWAIT_ON_DELETE.has(kind);
}
