import { isJsonObject } from "../../release/release.ts";
import { isKind } from "../built-in-kinds.ts";
import { titleOf, type Finding, type ManifestObject } from "../kube-object.ts";
import { configKey } from "../../protocol/names.ts";
import type { SortOptions } from "../application.ts";
import { sorted, told, type Sorted } from "./told.ts";

const HOOKS = ["helm.sh/hook", "argocd.argoproj.io/hook"];

/** The objects without those that config leaves out, hooks, and what a controller makes. */
export function withoutLeftOut(
  objects: readonly ManifestObject[],
  options: SortOptions,
): Sorted<readonly ManifestObject[]> {
  const notes: Finding[] = [];
  const value = objects.filter((one) => {
    if (options.ignore.includes(titleOf(one.object))) return false;
    const note = reasonToLeaveOut(one);
    if (note) notes.push(note);
    return !note;
  });
  return sorted(value, { notes: [...notes, ...unusedNames(objects, options)] });
}

/** Whether another tool would run an object at some moment, and then take it away. */
export const isHook = ({ object }: ManifestObject): boolean =>
  HOOKS.some((annotation) => object.metadata.annotations?.[annotation] !== undefined);

function reasonToLeaveOut(one: ManifestObject): Finding | null {
  const { object } = one;
  for (const annotation of HOOKS) {
    const value = object.metadata.annotations?.[annotation];
    if (value !== undefined)
      return told(
        one,
        ["metadata", "annotations", annotation],
        `is left out, as it is a hook (${annotation}: ${value}), which ${annotation.startsWith("helm") ? "Helm" : "Argo CD"} would run`,
        /test/.test(value)
          ? `What it tests can be asked in ${configKey("app.smoke")}`
          : isKind(object, "Job")
            ? "If it changes the schema, that belongs in migrations/"
            : "If the pods need it, take the annotation off",
      );
  }
  const { ownerReferences } = object.metadata;
  const owner = Array.isArray(ownerReferences)
    ? ownerReferences.find((reference) => isJsonObject(reference) && reference["controller"] === true)
    : undefined;
  if (isJsonObject(owner))
    return told(
      one,
      ["metadata", "ownerReferences"],
      `is left out, as ${String(owner["kind"])}/${String(owner["name"])} makes it`,
      "Take it out of the files",
    );
  return isKind(object, "ConfigMap") && object.metadata.name === "kube-root-ca.crt"
    ? told(one, [], "is left out, as the cluster makes it", "Take it out of the files")
    : null;
}

/** Names in config that no object in the files has: perhaps typos. */
function unusedNames(objects: readonly ManifestObject[], options: SortOptions): Finding[] {
  const titles = new Set(objects.map(({ object }) => titleOf(object)));
  const note = (key: string, name: string): Finding => ({
    source: null,
    text: `${configKey(key)} names ${name}, and no file has it`,
    advice: "Take it out of the config if that is right",
  });
  return [
    ...(["ignore", "shared"] as const).flatMap((key) =>
      options[key].filter((title) => !titles.has(title)).map((title) => note(key, title)),
    ),
    ...options.unversioned
      .filter((name) => !titles.has(`ConfigMap/${name}`) && !titles.has(`Secret/${name}`))
      .map((name) => note("unversioned", name)),
    ...Object.keys(options.services)
      .filter((name) => !titles.has(`Service/${name}`))
      .map((name) => note("services", name)),
  ];
}
