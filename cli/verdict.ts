import { z } from "zod";
import { parseRecord, type FoundVerdict, type Watched } from "../release/verdict.ts";
import type { ClusterApi } from "./cluster-api.ts";
import type { Known } from "./known.ts";

const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

/** The guard's verdict as it stands in the cluster, found as the gate finds it. */
export async function readVerdict(cluster: ClusterApi, { namespace, app }: Known): Promise<FoundVerdict> {
  const name = `${app.name}-verdict`;
  const object = await cluster.get(configMap, `/api/v1/namespaces/${namespace}/configmaps/${name}`);
  if (!object)
    return { unreadable: `there is no ConfigMap ${namespace}/${name}; repeat the stage, which makes it` };
  const text = object.data["verdict"];
  return { found: text === undefined ? null : parseRecord(text) };
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
export function verdictOn(verdict: FoundVerdict, image: string, watched: Watched): StageVerdict {
  if ("unreadable" in verdict)
    return { verdict: "inconclusive", sentence: `it cannot be read: ${verdict.unreadable}.` };
  const record = verdict.found;
  if (record?.image !== image)
    return { verdict: "inconclusive", sentence: "the guard has not judged this image yet." };
  if (record.failed) return { verdict: "fail", sentence: record.failed.sentence };
  const judged = record.stages[String(watched)];
  return (
    judged?.judgement ?? { verdict: "inconclusive", sentence: "the guard has not judged this stage yet." }
  );
}
