import { z } from "zod";
import {
  failureOf,
  isSameCandidate,
  verdictIn,
  verdictObject,
  type CandidateKey,
  type FoundVerdict,
  type Watched,
} from "../../release/verdict.ts";
import type { ClusterApi } from "./cluster-api.ts";
import type { Known } from "../stack/stack-config.ts";

const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

/** The guard's verdict as it is in the cluster, read as the gate reads it. */
export async function readVerdict(cluster: ClusterApi, { namespace, app }: Known): Promise<FoundVerdict> {
  const data = await readVerdictData(cluster, { namespace, app });
  return verdictIn(data ?? undefined, { namespace, app: app.name });
}

/** All that the verdict object holds; null where there is none. */
export async function readVerdictData(
  cluster: ClusterApi,
  { namespace, app }: Pick<Known, "namespace" | "app">,
): Promise<Record<string, string> | null> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${verdictObject(app.name)}`;
  return (await cluster.get(configMap, path))?.data ?? null;
}

/** What a verdict says of one stage of one candidate: `pass`, `fail`, or not yet enough to tell. */
export interface StageVerdict {
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly sentence: string;
}

/**
 * The verdict on a candidate at a rung, or in the switch.
 *
 * @param watched the rung's weight, or `switch`
 */
export function verdictOn(verdict: FoundVerdict, candidate: CandidateKey, watched: Watched): StageVerdict {
  if ("unreadable" in verdict)
    return { verdict: "inconclusive", sentence: `it cannot be read: ${verdict.unreadable}.` };
  const record = verdict.found;
  const failure = failureOf(record, candidate);
  if (failure) return { verdict: "fail", sentence: failure.failed.sentence };
  if (!record || !isSameCandidate(record, candidate))
    return { verdict: "inconclusive", sentence: "the guard has not judged this image yet." };
  const judged = record.stages[String(watched)];
  return (
    judged?.judgement ?? { verdict: "inconclusive", sentence: "the guard has not judged this stage yet." }
  );
}
