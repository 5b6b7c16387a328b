import { z } from "zod";
import { VERDICTS } from "../../release/judge/judgement.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import type { Known } from "../stack/stack-config.ts";
import { readVerdictData } from "../cluster/verdict.ts";
import { finding } from "./report-data.ts";

const watched = z.union([z.number(), z.literal("switch")]);

const stage = z.looseObject({
  judgement: z.looseObject({
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
const record = z.looseObject({
  image: z.string(),
  version: z.string(),
  watched,
  stages: z.record(z.string(), stage),
  failed: z.looseObject({ watched, sentence: z.string(), at: z.string() }).nullable(),
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
const counters = z.looseObject({ requests });

const course = z.looseObject({
  shares: z.array(z.object({ at: z.number(), candidate: z.number(), by: z.string() })),
  intervals: z.array(z.object({ at: z.number(), seconds: z.number(), active: answers, candidate: answers })),
  /** Where the counters stood when the last interval ended. */
  mark: z.looseObject({ active: counters, candidate: counters }).nullable().default(null),
});

const counted = z.looseObject({ colour: counters });

/** `memory` of the object: what the guard goes on from. */
const memory = z.looseObject({
  stage: z.looseObject({ active: counted, candidate: counted }),
  course: course.optional(),
});

/** All that a guard has recorded of a candidate. */
export interface Watch {
  readonly record: z.infer<typeof record>;
  /** Null where the guard has kept nothing but its verdict. */
  readonly memory: z.infer<typeof memory> | null;
}

/** @throws {Error} where it is not as this version of the program writes it */
export function watchOf(data: Readonly<Record<string, string>>): Watch | null {
  const { verdict: written, memory: kept } = data;
  if (written === undefined || written === "") return null;
  return {
    record: record.parse(JSON.parse(written)),
    memory: kept === undefined ? null : memory.parse(JSON.parse(kept)),
  };
}

/** The verdict object as it stands in the cluster; null where there is none, or no guard has written to it. */
export async function readWatch(cluster: ClusterApi, known: Known): Promise<Watch | null> {
  const data = await readVerdictData(cluster, known);
  return data && watchOf(data);
}
