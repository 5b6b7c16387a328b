import { z } from "zod";
import type { VerdictOf } from "../../protocol/jobs/candidate-verdict.ts";
import { describeWatched, failureOf, recordIn } from "../../release/verdict.ts";
import type { ClusterApi } from "./cluster-api.ts";

const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

/**
 * How the guard has failed a candidate, as a sentence without its full stop; null where it has not.
 *
 * @throws {SyntaxError} where the object holds something other than a verdict
 */
export async function failedVerdict(
  namespace: string,
  { verdict, ...candidate }: VerdictOf,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | null> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${verdict}`;
  const record = recordIn((await api.get(configMap, path, signal))?.data ?? {});
  const failure = failureOf(record, candidate);
  if (!failure) return null;
  const { version, failed } = failure;
  const sentence = failed.sentence.replace(/[.\s]+$/, "");
  return `${version} failed ${describeWatched(failed.watched)} at ${failed.at}: ${sentence}`;
}
