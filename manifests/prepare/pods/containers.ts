import type { Path } from "../../pod-references.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../release/release.ts";
import type { WebPods } from "../../version-objects.ts";
import { prepared, together, type Prepared } from "../told.ts";

export type PodTemplate = WebPods["template"];

/** A container of a pod template. */
export interface Container {
  readonly name: string;
  /** As in `init container wait`. */
  readonly title: string;
  readonly isInit: boolean;
  /** An init container that runs as long as the pod, and ends after all other containers. */
  readonly isNativeSidecar: boolean;
  readonly object: JsonObject;
  /** Where it is in the Deployment, as the files have it. */
  readonly path: Path;
}

const LISTS = ["initContainers", "containers"] as const;

/** The containers of a pod template, in the order in which they start. */
export const containersOf = (template: PodTemplate): Container[] =>
  LISTS.flatMap((list) => listed(template, list).map((object, index) => containerAt(list, index, object)));

function containerAt(list: (typeof LISTS)[number], index: number, object: JsonObject): Container {
  const name = String(object["name"]);
  const isInit = list === "initContainers";
  return {
    name,
    title: `${isInit ? "init container" : "container"} ${name}`,
    isInit,
    isNativeSidecar: isInit && object["restartPolicy"] === "Always",
    object,
    path: ["spec", "template", "spec", list, index],
  };
}

/** The template with each container as it is prepared; none is added or taken out. */
export function prepareContainers(
  template: PodTemplate,
  prepare: (container: Container) => Prepared<JsonObject>,
): Prepared<PodTemplate> {
  const lists = LISTS.filter((list) => listed(template, list).length > 0).map((list) => {
    const parts = listed(template, list).map((object, index) => prepare(containerAt(list, index, object)));
    const { value, ...told } = together(parts);
    return prepared({ [list]: value }, told);
  });
  const { value, ...told } = together<JsonObject>(lists);
  const spec = Object.assign({}, template.spec, ...value) as JsonObject;
  return prepared({ ...template, spec }, told);
}

const listed = ({ spec }: PodTemplate, list: string): JsonObject[] => objectsIn(spec[list]);

/** The objects of a list; none where there is no list. */
export const objectsIn = (list: Json | undefined): JsonObject[] =>
  Array.isArray(list) ? list.filter((one: Json) => isJsonObject(one)) : [];

/** All text in a JSON value, without the names of its keys. */
export function textsIn(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
