import { z } from "zod";
import type { ClusterApi } from "./cluster-api.ts";
import type { Known } from "./known.ts";

const stage = z.looseObject({
  judgement: z.looseObject({ verdict: z.enum(["pass", "fail", "inconclusive"]), sentence: z.string() }),
  since: z.string(),
  seconds: z.number(),
});

const record = z.looseObject({
  image: z.string(),
  version: z.string(),
  stages: z.record(z.string(), stage),
  failed: z.looseObject({ sentence: z.string(), at: z.string() }).nullable(),
});

/** What the guard has found out about a candidate. */
export type FoundVerdict = z.infer<typeof record>;

const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

/** The guard's verdict as it stands in the cluster; null where there is none. */
export async function readVerdict(
  cluster: ClusterApi,
  { namespace, app }: Known,
): Promise<FoundVerdict | null> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${app.name}-verdict`;
  const text = (await cluster.get(configMap, path))?.data["verdict"];
  return text === undefined ? null : record.parse(JSON.parse(text));
}

/** What a verdict says of one stage of one image: `pass`, `fail`, or not yet enough to tell. */
export interface StageVerdict {
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly sentence: string;
}

/**
 * The verdict on an image at a rung, or in the switch.
 *
 * @param watched the rung's weight, or `switch`
 */
export function verdictOn(
  found: FoundVerdict | null,
  image: string,
  watched: number | "switch",
): StageVerdict {
  if (!found || found.image !== image)
    return { verdict: "inconclusive", sentence: "the guard has not judged this image yet." };
  if (found.failed) return { verdict: "fail", sentence: found.failed.sentence };
  const judged = found.stages[String(watched)];
  return (
    judged?.judgement ?? { verdict: "inconclusive", sentence: "the guard has not judged this stage yet." }
  );
}
