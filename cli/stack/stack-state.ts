import { z } from "zod";
import type { Dropping } from "../../release/moves/point-of-no-return.ts";
import { COLOURS, type Colour, type Release } from "../../release/release.ts";
import { recordMark } from "../../protocol/state/colour-record.ts";
import { isMark, markFound, type Marks, type Stored } from "../../protocol/state/marks.ts";

/** What the stack's state says of the last `up`s. */
export interface Past {
  readonly completed: CompletedStage | null;
  /** The stage that an `up` last set out for, finished or not. */
  readonly entered: EnteredStage | null;
  readonly dropping: Dropping | null;
  /** What colours were prepared from, without what is secret of it. */
  readonly records: StoredRecords;
  /** What an `up` that was killed was about to do, by resource type and name. */
  readonly pending: readonly string[];
}

/**
 * What the program has stored of a stage that completed; the jobs' record may be of an
 * older version.
 */
export type CompletedStage = Stored<"completed">;

/** What it has stored of a stage that an `up` set out for. */
export type EnteredStage = Stored<"entered">;

/** The records of the colours that have one. */
export type StoredRecords = Readonly<Partial<Record<Colour, Stored<ReturnType<typeof recordMark>>>>>;

/** Before a stack's first `up`. */
export const NO_PAST: Past = { completed: null, entered: null, dropping: null, records: {}, pending: [] };

/**
 * The stage that was entered after the completed one and did not finish; null where there is none.
 */
export const unfinished = ({ completed, entered }: Past): Release | null =>
  entered && entered.attempt !== completed?.attempt ? entered.release : null;

/** Where the release stands, finished or not; null on a new stack. */
export const standsAt = (past: Past): Release | null => unfinished(past) ?? past.completed?.release ?? null;

const exported = z.object({
  deployment: z
    .object({
      resources: z
        .array(
          z.object({
            urn: z.string(),
            /** Replaced, and not deleted yet: another one has its name. */
            delete: z.boolean().optional(),
            outputs: z.object({ input: z.unknown().optional() }).optional(),
          }),
        )
        .default([]),
      pending_operations: z
        .array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }) }))
        .nullish(),
    })
    .nullish(),
});

/**
 * Reads the program's marks in what `pulumi stack export` prints.
 *
 * @throws {Error} where no version of the program up to this one has written a mark in that form
 */
export function pastOf(exportedState: unknown): Past {
  const { deployment } = exported.parse(exportedState);
  const resources = (deployment?.resources ?? []).filter((resource) => resource.delete !== true);
  const mark = <Name extends keyof Marks>(name: Name): Stored<Name> | null =>
    markFound(name, resources.find(({ urn }) => isMark(urn, name))?.outputs?.input);
  return {
    completed: mark("completed"),
    entered: mark("entered"),
    dropping: mark("contracting"),
    records: Object.fromEntries(
      COLOURS.flatMap((colour) => {
        const record = mark(recordMark(colour));
        return record ? [[colour, record] as const] : [];
      }),
    ),
    pending: (deployment?.pending_operations ?? []).map(
      ({ type, resource }) => `${type} ${resource.urn.split("::").slice(-2).join(" ")}`,
    ),
  };
}
