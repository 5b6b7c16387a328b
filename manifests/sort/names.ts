import { guardName, jobsAccount, loginSecret, workloadName } from "../../protocol/names.ts";
import { COLOURS, isJsonObject } from "../../release/release.ts";
import { WORKLOADS } from "../../release/workload.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../kube-object.ts";
import type { Path } from "../pod-references.ts";
import { podTemplateOf } from "./pod-templates.ts";
import { told } from "./told.ts";

/** Labels and annotations that begin so are ours: by them a release finds what is its own. */
const OURS = "zero-downtime/";

/** Refuses labels and annotations of ours that people have written, wherever they are. */
export const nameRefusals = (objects: readonly ManifestObject[]): Finding[] =>
  objects.flatMap((one) => {
    const template = podTemplateOf(one.object)?.path;
    const places: Path[] = [["metadata"], ...(template?.length ? [[...template, "metadata"]] : [])];
    return places.flatMap((place) =>
      ["labels", "annotations"].flatMap((field) => {
        const path = [...place, field];
        const marks = valueAt(one.object, path);
        const ours = isJsonObject(marks) ? Object.keys(marks).filter((key) => key.startsWith(OURS)) : [];
        return ours.map((key) =>
          told(
            one,
            [...path, key],
            `has ${key} among its ${field}, and what begins with ${OURS} is set by the release`,
            "Take it out",
          ),
        );
      }),
    );
  });

/** Refuses objects that have the name of one that a release makes. */
export function takenNames(objects: readonly ManifestObject[], app: string): Finding[] {
  const titles = (kinds: readonly string[], name: string) => kinds.map((kind) => `${kind}/${name}`);
  const account = ["ServiceAccount", "Role", "RoleBinding"];
  const ours = new Set([
    ...WORKLOADS.flatMap((one) => titles(["Deployment", "PodDisruptionBudget"], workloadName(app, one))),
    ...titles(["Deployment", ...account], guardName(app)),
    ...titles(account, jobsAccount(app)),
    ...(["migrator", ...COLOURS] as const).flatMap((login) => titles(["Secret"], loginSecret(app, login))),
  ]);
  return objects
    .filter(({ object }) => ours.has(titleOf(object)))
    .map((one) =>
      told(
        one,
        ["metadata", "name"],
        "has the name of an object that a release makes",
        "Give it another name, or take it out if it was made for releases by hand",
      ),
    );
}
