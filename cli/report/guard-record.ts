import type { ClusterApi } from "../cluster/cluster-api.ts";
import { readVerdictData } from "../cluster/verdict.ts";
import { watchOf, type Watch } from "../../protocol/state/guard-record.ts";
import type { Known } from "../stack/stack-config.ts";

/**
 * The verdict object as it stands in the cluster; null where there is none, or no guard has written
 * to it.
 */
export async function readWatch(cluster: ClusterApi, known: Known): Promise<Watch | null> {
  const data = await readVerdictData(cluster, known);
  return data && watchOf(data);
}
