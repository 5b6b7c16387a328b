import { z } from "zod";
import type { StoredAttempt } from "../../release/moves/attempt-number.ts";
import type { Dropping } from "../../release/moves/point-of-no-return.ts";
import type { Standing } from "../../release/plan.ts";
import { hasWeight, PHASE_NAMES, STRATEGIES, type Phase, type WeightedPhase } from "../../release/phases.ts";
import { asJson, COLOURS, type Json, type Release } from "../../release/release.ts";
import { WORKLOADS } from "../../release/workload.ts";
import type { DeepReadonly } from "../deep-readonly.ts";
import { colourRecord, type ColourRecord } from "./colour-record.ts";

/** Digests of the migrations' files that a release was prepared with. */
export interface ReleaseTexts {
  /** contract.sql of the migrations that the release carries. */
  readonly contracts: string;
  /** All other files, up to the newest of those migrations. */
  readonly others: string;
}

/**
 * The jobs image of a release: chosen when the release leaves `stable`, kept until it is back
 * there.
 */
export interface JobsRecord {
  readonly image: string;
  /**
   * Digest of the content that this very stage built it from; null where it came from an earlier
   * stage or from config.
   */
  readonly builtFrom: string | null;
  /**
   * The format of settings that its programs read, see `jobs-format.ts`. Absent: from a version
   * before there were formats.
   */
  readonly format?: number;
  /**
   * Digests of the migrations' files when it was chosen. Absent: from a version that did not record
   * them.
   */
  readonly texts?: ReleaseTexts;
}

/** What the last `up` that completed leaves behind, exported as the stack's output `completed`. */
export interface Completed extends Standing {
  readonly origin: Standing | null;
  readonly attempt: string;
  readonly number: number;
  /** Absent where an earlier version completed the stage. */
  readonly clock?: number;
  readonly jobs: JobsRecord;
}

/** What an attempt saw in the cluster before it wrote anything. */
export interface Seen {
  /** Why routes can have no rule for the probe yet, as part of a sentence; null: they can. */
  readonly untried: string | null;
  /**
   * When those who lose their pods in this stage had lost their traffic at the latest, in
   * milliseconds since the epoch; null where that is not known, or where they have some.
   */
  readonly idleSince: number | null;
}

/** The stage that an `up` last tried to enter, finished or not. */
export interface Entered extends StoredAttempt {
  readonly release: Release;
  /**
   * Kept, as an unchanged `up` would see what this attempt wrote. Absent: nothing had to be looked
   * for.
   */
  readonly seen?: Seen;
}

/** The marks that the program leaves in the stack's state, by the names of their resources. */
export interface Marks {
  readonly entered: Entered;
  /** That contract may have begun to drop. */
  readonly contracting: Dropping;
  readonly completed: Completed;
  readonly "record-blue": ColourRecord;
  readonly "record-green": ColourRecord;
  /** Secret: the key of the records' digests. */
  readonly "record-key": string;
}

const slot = z.object({
  colour: z.enum(COLOURS),
  version: z.string(),
  image: z.string(),
  schema: z.string().nullable(),
  content: z.string().exactOptional(),
  logins: z.literal("application").exactOptional(),
});

/** What the core reads is checked; everything else stays as it is. */
const settings = z
  .object({
    namespace: z.string().exactOptional(),
    app: z.object({ name: z.string() }).catchall(z.json()).exactOptional(),
    database: z
      .object({
        prefix: z.string().exactOptional(),
        logins: z.enum(["colour", "application"]).exactOptional(),
        usesLogin: z.boolean().exactOptional(),
      })
      .catchall(z.json())
      .nullable()
      .exactOptional(),
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

const jobs = z.object({
  image: z.string().optional(),
  builtFrom: z.string().nullish(),
  format: z.number().optional(),
  texts: z.object({ contracts: z.string(), others: z.string() }).optional(),
});

const attempt = { attempt: z.string(), clock: z.number().optional() };

/** Its objects are encrypted where the state is read without the stack's passphrase. */
const storedRecord = colourRecord.extend({ objects: z.unknown() });

/** The form of the marks as they are written, and as they are read whoever wrote them. */
const SHAPES = {
  entered: z.object({
    release,
    ...attempt,
    number: z.number().optional(),
    seen: z.object({ untried: z.string().nullable(), idleSince: z.number().nullable() }).exactOptional(),
  }),
  contracting: z.object({ isDropping: z.boolean(), to: z.enum(COLOURS) }),
  completed: z.object({
    ...standing.shape,
    origin: standing.nullable(),
    ...attempt,
    number: z.number(),
    jobs: jobs.optional(),
  }),
  "record-blue": storedRecord,
  "record-green": storedRecord,
  // Encrypted where the state is read without the stack's passphrase.
  "record-key": z.unknown(),
};

/** A mark as it is read: what an older version of the program may have left out is optional. */
export type Stored<Name extends keyof Marks> = DeepReadonly<z.infer<(typeof SHAPES)[Name]>>;

/** A mark as it is stored. */
export const markWritten = <Name extends keyof Marks>(
  _name: Name,
  mark: Marks[Name] & DeepReadonly<z.input<(typeof SHAPES)[Name]>>,
): Json => asJson(mark);

/**
 * A mark that was found in the state, unchanged; null where there is none.
 *
 * @throws {Error} where no version of the program up to this one has written it in that form
 */
export function markFound<Name extends keyof Marks>(name: Name, found: unknown): Stored<Name> | null {
  if (found === undefined || found === null) return null;
  const parsed = SHAPES[name].safeParse(found);
  if (parsed.success) return found as Stored<Name>;
  throw new Error(
    `Cannot read the mark "${name}" of the stack's state as it was written by another version of the program: ` +
      `${z.prettifyError(parsed.error)}. Nothing was changed; check out the version that ran the last up.`,
  );
}

/** Whether a resource of the state is the mark of that name, whatever component it is in. */
export const isMark = (urn: string, name: keyof Marks): boolean =>
  new RegExp(`(::|\\$)pulumi:index:Stash::${name}$`).test(urn);
