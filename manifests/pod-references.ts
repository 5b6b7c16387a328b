import { isJsonObject, type Json, type JsonObject } from "../release/release.ts";

/** A place in a JSON value. */
export type Path = readonly (string | number)[];

/** Where a pod template names a ConfigMap or a Secret. */
export interface PodReference {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  /** From the template to the name: `["spec", "volumes", 0, "secret", "secretName"]`. */
  readonly path: Path;
  /** Whether a pod starts without it. */
  readonly optional: boolean;
  /**
   * What for. Images are pulled with the newest password, whichever version a pod is of, and the
   * secrets of volume drivers are the storage's: only the other two are content of a version.
   */
  readonly use: "variables" | "files" | "images" | "storage";
}

/** A place in a value, and what stands there; undefined where nothing does. */
interface Place {
  readonly path: Path;
  readonly value: Json | undefined;
}

const under = ({ path, value }: Place, ...keys: Path): Place =>
  keys.reduce<Place>(
    (at, key) => ({
      path: [...at.path, key],
      value:
        typeof at.value === "object" && at.value !== null
          ? (at.value as Readonly<Record<string | number, Json>>)[key]
          : undefined,
    }),
    { path, value },
  );

const items = (list: Place): Place[] =>
  Array.isArray(list.value) ? list.value.map((_, index) => under(list, index)) : [];

/**
 * The reference whose name a place holds, if it holds one. Whether it is optional stands beside the
 * name.
 */
function reference(
  kind: PodReference["kind"],
  use: PodReference["use"],
  around: Place,
  key = "name",
): PodReference[] {
  const { path, value: name } = under(around, key);
  if (typeof name !== "string" || name === "") return [];
  return [{ kind, name, path, optional: under(around, "optional").value === true, use }];
}

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"];

/** Drivers of volumes that log in to a storage with a Secret, and where they name it. */
const STORAGE_SECRETS: readonly (readonly [driver: string, ...path: string[]])[] = [
  ["azureFile", "secretName"],
  ["cephfs", "secretRef", "name"],
  ["csi", "nodePublishSecretRef", "name"],
  ["flexVolume", "secretRef", "name"],
  ["iscsi", "secretRef", "name"],
  ["rbd", "secretRef", "name"],
  ["scaleIO", "secretRef", "name"],
  ["storageos", "secretRef", "name"],
];

const containerReferences = (container: Place): PodReference[] => [
  ...items(under(container, "env")).flatMap((variable) => [
    ...reference("ConfigMap", "variables", under(variable, "valueFrom", "configMapKeyRef")),
    ...reference("Secret", "variables", under(variable, "valueFrom", "secretKeyRef")),
  ]),
  ...items(under(container, "envFrom")).flatMap((source) => [
    ...reference("ConfigMap", "variables", under(source, "configMapRef")),
    ...reference("Secret", "variables", under(source, "secretRef")),
  ]),
];

const volumeReferences = (volume: Place): PodReference[] => [
  ...reference("ConfigMap", "files", under(volume, "configMap")),
  ...reference("Secret", "files", under(volume, "secret"), "secretName"),
  ...items(under(volume, "projected", "sources")).flatMap((source) => [
    ...reference("ConfigMap", "files", under(source, "configMap")),
    ...reference("Secret", "files", under(source, "secret")),
  ]),
  ...STORAGE_SECRETS.flatMap((path) =>
    reference("Secret", "storage", under(volume, ...path.slice(0, -1)), path.at(-1)),
  ),
];

/**
 * Every ConfigMap and Secret that a pod template names: in variables of all its containers, in
 * volumes, for pulling images.
 *
 * @param template with `metadata` and `spec`, as a Deployment's `spec.template` is
 */
export function podReferences(template: JsonObject): PodReference[] {
  const spec = under({ path: [], value: template }, "spec");
  return [
    ...CONTAINER_LISTS.flatMap((list) => items(under(spec, list)).flatMap(containerReferences)),
    ...items(under(spec, "volumes")).flatMap(volumeReferences),
    ...items(under(spec, "imagePullSecrets")).flatMap((secret) => reference("Secret", "images", secret)),
  ];
}

/**
 * Whether labels have everything that a selector of equalities asks for. One that asks for nothing
 * finds nothing, as a Service's does.
 */
export function selects(selector: Json | undefined, labels: Json | undefined): boolean {
  if (!isJsonObject(selector)) return false;
  const wanted = Object.entries(selector);
  return wanted.length > 0 && isJsonObject(labels) && wanted.every(([key, value]) => labels[key] === value);
}
