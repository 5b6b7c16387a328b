import type { Finding } from "../kube-object.ts";
import type { Addition } from "../version-objects.ts";

/** What people are told of a preparation. */
export interface Told {
  readonly added: readonly Addition[];
  /** Why the files cannot be released; empty where they can. */
  readonly refusals: readonly Finding[];
  readonly notes: readonly Finding[];
}

/** A part of what was prepared, and what is told of it. */
export interface Prepared<T> extends Told {
  readonly value: T;
}

/** A part, of which nothing else is told. */
export const prepared = <T>(value: T, told: Partial<Told> = {}): Prepared<T> => ({
  value,
  added: [],
  refusals: [],
  notes: [],
  ...told,
});

/** What is told of several parts, in their order. */
export const toldOf = (parts: readonly Told[]): Told => ({
  added: parts.flatMap(({ added }) => added),
  refusals: parts.flatMap(({ refusals }) => refusals),
  notes: parts.flatMap(({ notes }) => notes),
});

/** Several parts as one. */
export const together = <T>(parts: readonly Prepared<T>[]): Prepared<T[]> =>
  prepared(
    parts.map(({ value }) => value),
    toldOf(parts),
  );

/** One step after the other, each on what the one before it made. */
export const inTurn = <T>(start: T, steps: readonly ((value: T) => Prepared<T>)[]): Prepared<T> =>
  steps.reduce((before, step) => {
    const after = step(before.value);
    return prepared(after.value, toldOf([before, after]));
  }, prepared(start));
