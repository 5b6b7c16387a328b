import { formOf } from "../../protocol/config/form-of.ts";
import { ZD_MANAGER } from "../../protocol/field-managers.ts";
import { hasUsersOnNew } from "../../release/phases.ts";
import { releaseAt } from "../../release/release-at.ts";
import { isMoving } from "../../release/release.ts";
import type { FoundVerdict } from "../../release/verdict.ts";
import { entrancesKnown } from "../stack/entrances-known.ts";
import type { Past, StoredRecords } from "../stack/stack-state.ts";
import { readPast } from "../stack/stack.ts";
import { loadClient } from "../../protocol/kubernetes/kubeconfig.ts";
import { reachCluster, type ClusterApi } from "../cluster/cluster-api.ts";
import { configuredIn, openContext, type Context } from "../stack/context.ts";
import { enterStage, type Surroundings } from "../stages/enter-stage.ts";
import { fullSizeIn } from "../stack/stack-config.ts";
import { standsAt } from "../stack/stack-state.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { look, type Sight } from "../cluster/live-state.ts";
import { printResult } from "../stages/print-result.ts";
import { allTrafficTo, furtherWeights, weightsNow } from "../cluster/traffic.ts";
import { trafficFirst } from "../moves/instant-rollback.ts";
import { readVerdict } from "../cluster/verdict.ts";
import { Trouble } from "../cli-error.ts";
import { isGoingBack, usualBack, waysFrom } from "../moves/legal-moves.ts";

/**
 * `zd rollback`: all traffic back to the old colour at once, if its pods are ready, and then the
 * `up` that records it. Without manifests the traffic waits only for a look at the cluster, so that
 * a slow or unreachable backend keeps nobody on a bad version; the entrances of manifests stand in
 * the state.
 */
export async function rollback(options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  void loadClient();
  const context = await openContext(options);
  const moved = await moveTraffic(context, surroundings.say);
  const past = await readPast(context.project);
  const release = releaseAt(configuredIn(context, past), backPlace(context, past, moved));
  printResult(await enterStage(context, past, release, surroundings), surroundings.say);
}

/** @returns whether it was written */
async function moveTraffic(context: Context, say: (line: string) => void): Promise<boolean> {
  const { known, project } = context;
  const cluster = await reachCluster(known.cluster, project.folder);
  try {
    const [{ entrances, pods, records }, verdict] = await Promise.all([
      lookAtWays(context, cluster),
      readVerdict(cluster, known).catch((error: unknown): FoundVerdict => ({ unreadable: String(error) })),
    ]);
    if (entrances.length === 0) return false;
    const { phase, active, namespace } = known;
    const first = trafficFirst({
      phase,
      active,
      weights: weightsNow(entrances),
      others: furtherWeights(entrances),
      pods,
      fullSize: fullSizeIn(known),
      images: { blue: known.blue?.image ?? null, green: known.green?.image ?? null },
      verdict,
    });
    if (first.do === "leave") say(`Traffic is left to the up: ${first.why}.`);
    if (first.do !== "move") return false;
    const ways = entrancesKnown(known, records, first.to);
    for (const { path, object } of allTrafficTo(first.to, ways, entrances, namespace))
      await cluster.apply(path, ZD_MANAGER, object);
    say(
      `All traffic is on ${first.to} again, after ${(performance.now() / 1000).toFixed(2)} s. Now the up that records it.`,
    );
    return true;
  } finally {
    cluster.close();
  }
}

/** Entrances and pods, and the records by which they are known. */
async function lookAtWays(
  { known, project }: Context,
  cluster: ClusterApi,
): Promise<Sight & { readonly records: StoredRecords }> {
  const lookBy = async (records: StoredRecords) => ({
    ...(await look(cluster, known, entrancesKnown(known, records, known.active))),
    records,
  });
  if (formOf(known) === "simple") {
    const seen = await lookBy({});
    // One of the versions may still be of manifests, though config names none any more.
    if (!seen.pods.some(({ isOfManifests }) => isOfManifests)) return seen;
  }
  return lookBy((await readPast(project)).records);
}

function backPlace(context: Context, past: Past, moved: boolean) {
  const stands = standsAt(past);
  const ways = waysFrom(past, configuredIn(context, past));
  const place = usualBack(past, ways);
  const isMeant = stands && (hasUsersOnNew(stands.phase) || isGoingBack(past));
  if (place && isMeant) return place;
  const traffic = moved ? "The traffic is on the old colour. " : "";
  if (!stands || !isMoving(stands)) {
    throw new Trouble(
      "refused",
      `${traffic}Nothing to roll back: no release is on its way${stands ? `, ${stands.from.version} serves` : ""}.`,
      "zd history lists the releases; zd rollback --to <n> goes back to one of them.",
    );
  }
  if (place) {
    throw new Trouble(
      "refused",
      `${traffic}Nothing to roll back: in ${stands.phase} all users are on ${stands.from.version} already.`,
      "zd abort gives the release up.",
    );
  }
  throw new Trouble(
    "refused",
    `${traffic}There is no way back: contract has begun to drop what ${stands.from.version} needs.`,
    "zd next finishes the release; the old version can come back as a release of its own.",
  );
}
