import { isJsonObject, type Json, type JsonObject } from "../../release/release.ts";
import { titleOf, type KubeObject, type ManifestObject } from "../kube-object.ts";
import { podReferences, type Path, type PodReference } from "../pod-references.ts";
import type { PodTemplate } from "./pods/containers.ts";
import { prepared, type Prepared } from "./told.ts";

/** A digest of JSON that tells nothing of a secret in it: the stack's key is in it. */
export type DigestOf = (content: Json) => string;

/** Digits of the digest in a name. */
const SUFFIX_LENGTH = 8;

const FIELDS = ["data", "binaryData", "stringData"];

/** A pod template and the ConfigMaps and Secrets of its version alone. */
export interface WithCopies {
  readonly template: PodTemplate;
  readonly versioned: readonly KubeObject[];
}

/**
 * Gives the version ConfigMaps and Secrets of its own, named after their content and immutable, and
 * has the pods use these. They have none of the user's labels, by which tools find and remove what
 * they have not made.
 */
export function withOwnCopies(
  template: PodTemplate,
  versioned: readonly ManifestObject[],
  namespace: string,
  digestOf: DigestOf,
): Prepared<WithCopies> {
  const copies = versioned.map(({ object }) => ({
    title: titleOf(object),
    copy: copyOf(object, namespace, digestOf),
  }));
  const newNames = new Map(copies.map(({ title, copy }) => [title, copy.metadata.name]));
  const renamed = podReferences(template).flatMap((reference) => {
    const name = newNames.get(titleOfReference(reference));
    return name === undefined ? [] : [{ path: reference.path, name }];
  });
  const changed = renamed.reduce((at, { path, name }) => replaceAt(at, path, name), template as JsonObject);
  return prepared(
    { template: changed as PodTemplate, versioned: copies.map(({ copy }) => copy) },
    {
      added: copies.map(({ title, copy }) => ({
        what: `${title}: as ${copy.metadata.name}, immutable`,
        why: "each version keeps what it was started with, and the way back finds it",
      })),
    },
  );
}

const titleOfReference = ({ kind, name }: PodReference): string => titleOf({ kind, metadata: { name } });

function copyOf(object: KubeObject, namespace: string, digestOf: DigestOf): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const suffix = digestOf(contentOf(object)).slice(0, SUFFIX_LENGTH);
  return {
    apiVersion,
    kind,
    ...(typeof object["type"] === "string" ? { type: object["type"] } : {}),
    metadata: { name: `${metadata.name}-${suffix}`, namespace },
    immutable: true,
    ...Object.fromEntries(FIELDS.flatMap((key) => (isJsonObject(object[key]) ? [[key, object[key]]] : []))),
  };
}

/** What pods see of it, whichever way it is written down; and its type, which cannot be changed. */
function contentOf(object: KubeObject): Json {
  const fieldOf = (key: string) => (isJsonObject(object[key]) ? object[key] : {});
  const base64 = (text: Json) => Buffer.from(String(text)).toString("base64");
  const encoded = Object.fromEntries(
    Object.entries(fieldOf("stringData")).map(([key, text]) => [key, base64(text)]),
  );
  return object.kind === "Secret"
    ? { kind: "Secret", type: object["type"] ?? "Opaque", data: { ...fieldOf("data"), ...encoded } }
    : { kind: object.kind, data: fieldOf("data"), binaryData: fieldOf("binaryData") };
}

/** A JSON value with another one at a path that it has. */
function replaceAt<T extends Json>(value: T, [key, ...rest]: Path, other: Json): T {
  if (key === undefined) return other as T;
  if (Array.isArray(value))
    return value.map((one: Json, index) =>
      index === key ? replaceAt(one, rest, other) : one,
    ) as unknown as T;
  const object = value as JsonObject;
  return { ...object, [key]: replaceAt(object[key] ?? null, rest, other) } as unknown as T;
}
