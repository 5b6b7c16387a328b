import { stringify } from "yaml";

interface FurtherObject {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap" | "Secret" | "ServiceAccount";
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

/**
 * What a folder has besides its application once it has grown, in turn: a ConfigMap that pods
 * mount, one that nobody names, a Secret that they take variables from, and a ServiceAccount.
 *
 * @param edition each has other texts
 */
export const furtherObjects = (count: number, edition = 1): readonly FurtherObject[] =>
  Array.from({ length: count }, (_, at) => furtherObject(at, edition));

function furtherObject(at: number, edition: number): FurtherObject {
  const apiVersion = "v1";
  const value = `some text of a usual length, number ${at}, edition ${edition}`;
  const metadata = { name: `object-${at}` };
  if (at % 4 === 2) return { apiVersion, kind: "Secret", metadata, stringData: { [`VALUE_${at}`]: value } };
  if (at % 4 === 3) return { apiVersion, kind: "ServiceAccount", metadata };
  const lines = Array.from({ length: 20 }, (_, line) => `key${line}: ${value}`);
  return { apiVersion, kind: "ConfigMap", metadata, data: { "settings.yaml": lines.join("\n") } };
}

/** What a pod template has of them: volumes, and of its container mounts and variables. */
export function usedByPods(objects: readonly FurtherObject[]) {
  const named = (wanted: (object: FurtherObject, at: number) => boolean) =>
    objects.filter(wanted).map(({ metadata: { name } }) => name);
  const mounted = named(({ kind }, at) => kind === "ConfigMap" && at % 4 === 0);
  return {
    volumes: mounted.map((name) => ({ name, configMap: { name } })),
    volumeMounts: mounted.map((name) => ({ name, mountPath: `/etc/${name}` })),
    envFrom: named(({ kind }) => kind === "Secret").map((name) => ({ secretRef: { name } })),
  };
}

/** One file of all of them. */
export const asYaml = (objects: readonly object[]): string =>
  objects.map((object) => stringify(object)).join("---\n");
