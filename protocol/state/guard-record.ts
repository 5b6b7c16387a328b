import { z } from "zod";
import { VERDICTS } from "../../release/judge/judgement.ts";
import type { ColourEvidence } from "../../release/judge/evidence.ts";
import type { Course } from "../../release/traffic-history.ts";
import { recordIn, type CandidateRecord } from "../../release/verdict.ts";
import type { DeepReadonly } from "../deep-readonly.ts";

/** What the judge says about one metric. */
export const finding = z.object({
  metric: z.string(),
  verdict: z.enum(VERDICTS),
  sentence: z.string(),
  baseline: z.number().nullable(),
  candidate: z.number().nullable(),
  limit: z.number().nullable(),
  evidence: z.number().nullable(),
  proof: z.number().nullable(),
});

const watched = z.union([z.number(), z.literal("switch")]);

const stage = z.object({
  judgement: z.object({
    verdict: z.enum(VERDICTS),
    sentence: z.string(),
    findings: z.array(finding).default([]),
    missing: z.array(z.string()).default([]),
  }),
  since: z.string(),
  seconds: z.number(),
  allowed: z.string().nullable().default(null),
});

/** `verdict` of the object: what the gate and people read. */
const record = z.object({
  image: z.string(),
  /** Left out by guards from before there were digests. */
  digest: z.string().optional(),
  version: z.string(),
  watched,
  stages: z.record(z.string(), stage),
  failed: z.object({ watched, sentence: z.string(), at: z.string() }).nullable(),
});

const answers = z
  .object({
    requests: z.number(),
    failures: z.number(),
    p50: z.number().nullable(),
    p95: z.number().nullable(),
    p99: z.number().nullable(),
  })
  .nullable();

const requests = z.object({ count: z.number(), failures: z.number() }).nullable();
const counters = z.object({ requests });

const course = z.object({
  shares: z.array(z.object({ at: z.number(), candidate: z.number(), by: z.string() })),
  intervals: z.array(z.object({ at: z.number(), seconds: z.number(), active: answers, candidate: answers })),
  /** Where the counters stood when the last interval ended. */
  mark: z.object({ active: counters, candidate: counters }).nullable().default(null),
});

const counted = z.object({ colour: counters });

/** `memory` of the object: what a restarted guard continues from. */
const memory = z.object({
  stage: z.object({ active: counted, candidate: counted }),
  course: course.optional(),
});

/** All that a guard has recorded of a candidate, as others read it. */
export interface Watch {
  readonly record: z.infer<typeof record>;
  /** Null where the guard has stored nothing but its verdict. */
  readonly memory: z.infer<typeof memory> | null;
}

/** What a guard writes into the verdict object, as far as others read it; the guard stores more. */
export interface Written {
  readonly record: CandidateRecord;
  readonly stage: { readonly active: Counted; readonly candidate: Counted };
  readonly course: Course;
}

interface Counted {
  readonly colour: Pick<ColourEvidence, "requests">;
}

/**
 * The content of the verdict object: `verdict` is for the gate and for people, `memory` for a
 * restarted guard to continue from.
 */
export function verdictData({ record: judged, ...kept }: Written): { verdict: string; memory: string } {
  // The compiler checks here that what is written has the form that is read.
  const readable: {
    record: DeepReadonly<z.input<typeof record>>;
    memory: DeepReadonly<z.input<typeof memory>>;
  } = {
    record: judged,
    memory: kept,
  };
  return { verdict: JSON.stringify(readable.record), memory: JSON.stringify(readable.memory) };
}

/**
 * What a guard of this version continues from; null where none has written yet.
 * @throws {SyntaxError} where it is not JSON
 */
export function keptIn<Memory extends Written>(data: Readonly<Record<string, string>>): Memory | null {
  const { memory: kept } = data;
  const found = recordIn(data);
  if (kept === undefined || found === null) return null;
  return { ...(JSON.parse(kept) as Omit<Memory, "record">), record: found } as Memory;
}

/**
 * The record and memory, for later readers.
 * @throws {Error} where its form is not that of this version of the program
 */
export function watchOf(data: Readonly<Record<string, string>>): Watch | null {
  const { verdict: written, memory: kept } = data;
  if (written === undefined || written === "") return null;
  return {
    record: record.parse(JSON.parse(written)),
    memory: kept === undefined ? null : memory.parse(JSON.parse(kept)),
  };
}
