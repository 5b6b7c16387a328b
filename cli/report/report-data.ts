import { z } from "zod";
import { VERDICTS } from "../../release/judge/judgement.ts";
import { finding } from "../../protocol/state/guard-record.ts";
import { COLOURS } from "../../release/release.ts";

/**
 * Something that the page shows, or why it is not known: the page says so where it would have been.
 */
const answer = <Shape extends z.ZodType>(found: Shape) =>
  z.union([z.object({ found }), z.object({ unknown: z.string() })]);

const time = z.iso.datetime();

/** One of the two versions that a release is about. */
const side = z.object({ version: z.string(), colour: z.enum(COLOURS) });

/** One key of the config that a stage was entered with, against the stage before; null: not set. */
const edit = z.object({ key: z.string(), before: z.string().nullable(), after: z.string().nullable() });

const stage = z.object({
  title: z.string(),
  at: time,
  seconds: z.number().nullable(),
  outcome: z.enum(["completed", "failed", "under way"]),
  versions: z.string().nullable(),
  /** Of the checkout that ran it. */
  commit: z.string().nullable(),
  edits: z.array(edit),
  /** More that is known of it, in sentences. */
  notes: z.array(z.string()),
});

/** From `at` on, the colours had so many percent of the public traffic. */
const share = z.object({
  at: time,
  percent: z.partialRecord(z.enum(COLOURS), z.number()),
  /** Who wrote it. */
  by: z.string(),
});

/** What one colour answered in one interval. Quantiles in seconds; null: not measured. */
const answers = z.object({
  requests: z.number(),
  failures: z.number(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});

/** An interval that ends at `at`; a colour that answered nothing in it is left out. */
const interval = z.object({
  at: time,
  seconds: z.number(),
  by: z.partialRecord(z.enum(COLOURS), answers),
});

/** The judge's last word on a rung, or on the soak. */
const judged = z.object({
  watched: z.union([z.number(), z.literal("switch")]),
  verdict: z.enum(VERDICTS),
  sentence: z.string(),
  since: time,
  /** Under watch with the stage's traffic in force. */
  seconds: z.number(),
  /** Why a person let it pass without a `pass`. */
  allowed: z.string().nullable(),
  findings: z.array(finding),
  missing: z.array(z.string()),
});

const schema = z.object({
  migrations: z.array(z.object({ id: z.string(), state: z.string(), at: time.nullable() })),
  walks: z.array(
    z.object({
      migration: z.string(),
      name: z.string(),
      rows: z.number(),
      expected: z.number().nullable(),
      seconds: z.number().nullable(),
      at: time,
    }),
  ),
  events: z.array(z.object({ name: z.string(), migration: z.string().nullable(), at: time })),
});

const decision = z.object({
  at: time,
  who: z.string(),
  what: z.string(),
  reason: z.string().nullable(),
  /** Where this stands written. */
  source: z.string(),
});

/** Requests of both colours since some moment, counted and not estimated. */
const totals = z.object({
  /** While what, such as "at 5 % of the traffic". */
  scope: z.string(),
  by: z.partialRecord(z.enum(COLOURS), z.object({ requests: z.number(), failures: z.number() })),
});

/** How a release, or a rehearsal of one, has ended so far. */
const ENDS = ["finished", "failed", "taken back", "under way"] as const;

/** All that a report says, plain JSON: what `zd report --json` prints. */
export const reportData = z.object({
  form: z.literal(1),
  kind: z.enum(["release", "rehearsal"]),
  app: z.string(),
  stack: z.string(),
  madeAt: time,
  end: z.enum(ENDS),
  strategy: z.string().nullable(),
  /** The version that served when the release began. */
  old: side.nullable(),
  /** The version that takes over. */
  new: side.nullable(),
  /**
   * Where the release stands, and who has the public traffic at the time of the report, in words.
   */
  now: answer(z.string()),
  stages: z.array(stage),
  traffic: answer(z.array(share)),
  course: answer(z.array(interval)),
  totals: answer(totals),
  /** What it cost, as far as whoever kept the record counted that by itself. */
  costs: z.array(z.string()),
  judged: answer(z.array(judged)),
  failed: z
    .object({ watched: z.union([z.number(), z.literal("switch")]), sentence: z.string(), at: time })
    .nullable(),
  schema: answer(schema.nullable()),
  decisions: z.array(decision),
  /** What needs a person's eye: why a rehearsal does not count, an `up` that was killed. */
  remarks: z.array(z.string()),
});

export type ReportData = z.infer<typeof reportData>;
export type Side = z.infer<typeof side>;
export type ReportStage = z.infer<typeof stage>;
export type Edit = z.infer<typeof edit>;
export type Share = z.infer<typeof share>;
export type Interval = z.infer<typeof interval>;
export type Answers = z.infer<typeof answers>;
export type Judged = z.infer<typeof judged>;
export type Decision = z.infer<typeof decision>;
export type Totals = z.infer<typeof totals>;
export type ReportSchema = z.infer<typeof schema>;
