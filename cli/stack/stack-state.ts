import { z } from "zod";
import type { Dropping } from "../../release/moves/point-of-no-return.ts";
import type { Standing } from "../../release/plan.ts";
import { hasWeight, PHASE_NAMES, STRATEGIES, type Phase, type WeightedPhase } from "../../release/phases.ts";
import { COLOURS, type Release } from "../../release/release.ts";
import { WORKLOADS } from "../../release/workload.ts";

/** What the stack's state says of the last `up`s. */
export interface Past {
  readonly completed: CompletedStage | null;
  /** The stage that an `up` last set out for, finished or not. */
  readonly entered: EnteredStage | null;
  readonly dropping: Dropping | null;
  /** What an `up` that was killed was about to do, by resource type and name. */
  readonly pending: readonly string[];
}

export interface CompletedStage extends Standing {
  readonly origin: Standing | null;
  readonly attempt: string;
  readonly number: number;
  /** Absent where the version before completed the stage. */
  readonly clock?: number | undefined;
  /** What is known of the release's jobs image. */
  readonly jobs?: { readonly format?: number | undefined } | undefined;
}

export interface EnteredStage {
  readonly release: Release;
  readonly attempt: string;
}

/** Before a stack's first `up`. */
export const NO_PAST: Past = { completed: null, entered: null, dropping: null, pending: [] };

/** The stage that was entered after the completed one and did not finish; null where there is none. */
export const unfinished = ({ completed, entered }: Past): Release | null =>
  entered && entered.attempt !== completed?.attempt ? entered.release : null;

/** Where the release stands, finished or not; null on a new stack. */
export const standsAt = (past: Past): Release | null => unfinished(past) ?? past.completed?.release ?? null;

const slot = z.object({
  colour: z.enum(COLOURS),
  version: z.string(),
  image: z.string(),
  schema: z.string().nullable(),
});

/** What the core reads is checked; everything else is kept as it is. */
const settings = z
  .object({
    namespace: z.string().exactOptional(),
    app: z.object({ name: z.string() }).catchall(z.json()).exactOptional(),
    database: z.object({ prefix: z.string().exactOptional() }).catchall(z.json()).nullable().exactOptional(),
    soak: z.number().exactOptional(),
  })
  .catchall(z.json());

const frame = {
  strategy: z.enum(STRATEGIES),
  rungs: z.array(z.number()),
  migrations: z.array(z.string()),
  settings,
  from: slot,
};

const isUnweighted = (phase: Phase): phase is Exclude<Phase, "stable" | WeightedPhase> =>
  phase !== "stable" && !hasWeight(phase);

const release = z.union([
  z.object({ ...frame, phase: z.literal("stable"), to: slot.nullable() }),
  z.object({ ...frame, phase: z.enum(PHASE_NAMES.filter(hasWeight)), to: slot, weight: z.number() }),
  z.object({ ...frame, phase: z.enum(PHASE_NAMES.filter(isUnweighted)), to: slot }),
]);

const standing = z.object({
  release,
  tested: z.partialRecord(z.enum(WORKLOADS), z.string()),
  isDropping: z.literal(true).optional(),
});

const completed = z.object({
  ...standing.shape,
  origin: standing.nullable(),
  attempt: z.string(),
  number: z.number(),
  clock: z.number().optional(),
  jobs: z.object({ format: z.number().optional() }).optional(),
});
const entered = z.object({ release, attempt: z.string() });
const dropping = z.object({ isDropping: z.boolean(), to: z.enum(COLOURS) });

const exported = z.object({
  deployment: z
    .object({
      resources: z
        .array(
          z.object({
            urn: z.string(),
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
 * Reads the marks of the gate (`components/gate.ts`) in what `pulumi stack export` prints.
 *
 * @throws {Error} where a mark is there and not shaped as this version of the program writes it
 */
export function pastOf(exportedState: unknown): Past {
  const { deployment } = exported.parse(exportedState);
  const marks = deployment?.resources ?? [];
  const mark = <T>(name: string, shape: z.ZodType<T>): T | null => {
    const found = marks.find(({ urn }) => urn.endsWith(`::pulumi:index:Stash::${name}`))?.outputs?.input;
    if (found === undefined) return null;
    const parsed = shape.safeParse(found);
    if (parsed.success) return parsed.data;
    throw new Error(
      `Cannot read the mark "${name}" of the stack's state as it was written by another version of the program: ` +
        `${z.prettifyError(parsed.error)}. Nothing was changed; check out the version that ran the last up.`,
    );
  };
  return {
    completed: mark<CompletedStage>("completed", completed),
    entered: mark<EnteredStage>("entered", entered),
    dropping: mark<Dropping>("contracting", dropping),
    pending: (deployment?.pending_operations ?? []).map(
      ({ type, resource }) => `${type} ${resource.urn.split("::").slice(-2).join(" ")}`,
    ),
  };
}
