// How new inputs differ from the recorded object, property by property.
import { isDeepStrictEqual } from "node:util";
import { touches } from "./force-new.ts";
import { isEmpty } from "../prune.ts";
import { isQuantityPath, isSameQuantity } from "./quantity.ts";
import type { Change, ChangeKind } from "../../protocol/provider.ts";
import { containsPath, formatPath, parsePath, type PathPart } from "../../protocol/property-path.ts";
import { isProperties, type Properties, type Value, Unknown } from "../../protocol/values.ts";

interface Comparison {
  readonly changes: Map<string, Change>;
  readonly forceNew: readonly string[][];
  readonly ownKind: boolean;
}

/** What the comparison has to know of the object. */
export interface Options {
  /** Paths whose change replaces the object. */
  readonly forceNew: readonly string[][];
  /** Property paths that the program wants ignored, with all below them. */
  readonly ignore: readonly string[];
  /** Kubernetes' own kinds leave empty values out and rewrite quantities when they are stored. */
  readonly ownKind: boolean;
}

/**
 * Compares the recorded object, cut down to the shape of the old inputs, with the new inputs; none
 * with secrets in it. Unknown values count as changes.
 */
export function difference(
  old: Properties,
  oldInputs: Properties,
  next: Properties,
  options: Options,
): Map<string, Change> {
  const comparison = {
    changes: new Map<string, Change>(),
    forceNew: options.forceNew,
    ownKind: options.ownKind,
  };
  compareMaps([], old, next, oldInputs, comparison);
  const ignored = options.ignore.map(parsePath);
  for (const path of comparison.changes.keys()) {
    if (ignored.some((outer) => containsPath(outer, parsePath(path)))) comparison.changes.delete(path);
  }
  return comparison.changes;
}

function compareMaps(
  path: readonly PathPart[],
  old: Properties,
  next: Properties,
  oldInput: Value | undefined,
  into: Comparison,
): void {
  const inputs = isProperties(oldInput) ? oldInput : {};
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    compare([...path, key], old[key], next[key], inputs[key], into);
  }
}

function compare(
  path: readonly PathPart[],
  old: Value | undefined,
  next: Value | undefined,
  oldInput: Value | undefined,
  into: Comparison,
): void {
  if (isProperties(old) && isProperties(next)) {
    compareMaps(path, old, next, oldInput, into);
  } else if (Array.isArray(old) && Array.isArray(next)) {
    const inputs = Array.isArray(oldInput) ? oldInput : [];
    for (let i = 0; i < Math.max(old.length, next.length); i += 1) {
      compare([...path, i], old[i], next[i], inputs[i], into);
    }
  } else if (next instanceof Unknown) {
    record(path, old === undefined ? "add" : "update", next, into);
  } else if (next === undefined) {
    record(path, "delete", next, into);
  } else if (old === undefined) {
    // Stored objects leave out what is empty: it was asked for before, and is asked for again.
    if (!(into.ownKind && isEmpty(next) && isDeepStrictEqual(oldInput, next)))
      record(path, "add", next, into);
  } else if (!isSame(path, old, next, into.ownKind)) {
    record(path, "update", next, into);
  }
}

function isSame(path: readonly PathPart[], old: Value, next: Value, ownKind: boolean): boolean {
  return old === next || (ownKind && isQuantityPath(path) && isSameQuantity(old, next));
}

function record(
  path: readonly PathPart[],
  kind: ChangeKind,
  next: Value | undefined,
  into: Comparison,
): void {
  const replaces = into.forceNew.some((wanted) => touches(path, next, wanted));
  into.changes.set(formatPath(path), { kind, replaces, input: kind === "delete" });
}

/** The properties on account of which the object has to be a new one. */
export function replacements(changes: ReadonlyMap<string, Change>): string[] {
  const reasons = [...changes].filter(
    ([path, { kind, replaces }]) => replaces || (kind === "delete" && path === "metadata"),
  );
  return reasons.map(([path]) => path);
}
