import type { Application } from "../../manifests/application.ts";
import { titleOf, type ManifestObject } from "../../manifests/kube-object.ts";
import { workloadName } from "../../protocol/names.ts";
import { workloadService } from "../../protocol/traffic/entrance.ts";
import { COLOURS } from "../../release/release.ts";
import type { Strategy } from "../../release/phases.ts";

/** An object of the files, and what becomes of it. */
export interface ObjectWords {
  /** `Deployment/shop`. */
  readonly title: string;
  readonly becomes: string;
}

/**
 * What each object of an application becomes in the cluster, in the words of somebody who has
 * applied the files with kubectl until now. What is left out is not among them: notes tell it.
 */
export function objectWords(application: Application, app: string, strategy: Strategy): ObjectWords[] {
  const { web, services, routes, budgets, versioned, shared } = application;
  const each = (objects: readonly ManifestObject[], becomes: (name: string) => string) =>
    objects.map(({ object }) => ({ title: titleOf(object), becomes: becomes(object.metadata.name) }));
  const isRolling = strategy === "rolling";
  const pair = (name: string) => COLOURS.map((colour) => workloadService(name, colour)).join(" and ");
  const followed = services.map(({ object }) => object.metadata.name).join(", ");
  return [
    ...each([web], () =>
      isRolling
        ? `${workloadName(app, "rolling")}: its pods are replaced one by one`
        : `one for each colour: ${COLOURS.map((colour) => workloadName(app, colour)).join(" and ")}`,
    ),
    ...each(services, (name) =>
      isRolling
        ? "as written; finds the pods of the release"
        : `follows the version that serves; beside it ${pair(name)}, for routes and checks`,
    ),
    ...each(routes, () =>
      isRolling
        ? "as written"
        : `as written, but for ${followed} in its backendRefs: one for each colour, with the weights of the release`,
    ),
    ...each(budgets, () => (isRolling ? "for the pods of the release" : "one for each colour")),
    ...each(versioned, () => "one for each version, as only web pods name it; a version keeps its own"),
    ...shared.map(({ object }) => ({ title: titleOf(object), becomes: sharedWords(object.kind) })),
  ];
}

function sharedWords(kind: string): string {
  if (kind === "Ingress") return "as written: it leads to the Service, which follows";
  if (kind === "PersistentVolumeClaim") return "as written; it stays when the stack is destroyed";
  if (kind === "ConfigMap" || kind === "Secret")
    return "shared: not only web pods name it, so both versions see a change of it";
  return "as written, shared: both versions see a change of it";
}

/** The words as lines, the titles in a column. */
export function objectLines(words: readonly ObjectWords[]): string[] {
  const width = Math.max(0, ...words.map(({ title }) => title.length));
  return words.map(({ title, becomes }) => `  ${title.padEnd(width)}  ${becomes}`);
}
