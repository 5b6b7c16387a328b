import { z } from "zod";
import { describeWatched, failureOf, parseRecord } from "../../release/verdict.ts";
import type { ClusterApi } from "./cluster-api.ts";

/** Where a verdict stands, and the candidate that it has to be about. */
export const verdictOf = z.object({
  /** The ConfigMap that holds it. */
  verdict: z.string().min(1),
  /** The candidate's image. */
  image: z.string().min(1),
});
export type VerdictOf = z.infer<typeof verdictOf>;

const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

/**
 * How the guard has failed a candidate, as a sentence without its full stop; null where it has not.
 *
 * @throws {SyntaxError} where the object holds something else than a verdict
 */
export async function failedVerdict(
  namespace: string,
  { verdict, image }: VerdictOf,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | null> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${verdict}`;
  const text = (await api.get(configMap, path, signal))?.data["verdict"];
  const record = text === undefined ? null : parseRecord(text);
  const failure = failureOf(record, image);
  if (!failure) return null;
  const { version, failed } = failure;
  const sentence = failed.sentence.replace(/[.\s]+$/, "");
  return `${version} failed ${describeWatched(failed.watched)} at ${failed.at}: ${sentence}`;
}
