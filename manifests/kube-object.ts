import type { Json, JsonObject } from "../release/release.ts";

/** An object as Kubernetes' YAML has it. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** A place in the files: `deploy/app.yaml:12`. */
export interface Source {
  /** Relative to the project. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** An object that was read from the files. */
export interface ManifestObject {
  readonly object: KubeObject;
  /**
   * Where a field is, by its path; of a field that is not there, the nearest one around it. An
   * empty path is the object itself.
   */
  readonly sourceOf: (path: readonly (string | number)[]) => Source;
}

/** Why files cannot be released, or what somebody should know of them. */
export interface Finding {
  /** Null where it is about no place in the files. */
  readonly source: Source | null;
  /** What was found, and the rule. */
  readonly text: string;
  /** What to do, or to write. */
  readonly advice: string;
}

/** `Deployment/shop`, as kubectl has it. */
export const titleOf = ({ kind, metadata }: Pick<KubeObject, "kind" | "metadata">): string =>
  `${kind}/${metadata.name}`;

/** A finding on one line: `deploy/app.yaml:12: Deployment/shop … . Write …`. */
export const describeFinding = ({ source, text, advice }: Finding): string =>
  `${source ? `${source.file}:${source.line}: ` : ""}${text}${advice === "" ? "" : `. ${advice}`}`;

/** Sorts findings in the order of files and lines, so that people mend a file from its top. */
export const byPlace = (a: Finding, b: Finding): number => {
  const [one, other] = [a.source, b.source];
  if (!one || !other) return one ? 1 : other ? -1 : 0;
  return one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1;
};

/** The value at a path below a JSON value; undefined where there is none. */
export function valueAt(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((at, key) => {
    if (typeof at !== "object" || at === null) return undefined;
    return (at as Readonly<Record<string | number, Json>>)[key];
  }, value);
}
