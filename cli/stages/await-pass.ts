import { setTimeout as pause } from "node:timers/promises";
import type { WeightedRelease } from "../../release/release.ts";
import { candidateKey } from "../../release/verdict.ts";
import { reachCluster } from "../cluster/cluster-api.ts";
import type { Context } from "../stack/context.ts";
import type { Surroundings } from "./enter-stage.ts";
import { Trouble } from "../cli-error.ts";
import { readVerdict, verdictOn, type StageVerdict } from "../cluster/verdict.ts";

const LOOK_MILLISECONDS = 2_000;

/**
 * Waits until the guard's verdict on a rung is a pass.
 *
 * @param patienceSeconds longest wait for a verdict that is neither pass nor fail
 * @throws {Trouble} where it is a fail, or no pass in time
 */
export async function awaitPass(
  { known, project }: Context,
  stands: WeightedRelease,
  patienceSeconds: number,
  { say, signal }: Surroundings,
): Promise<void> {
  // A person has said so, for the record: the gate goes by it as well.
  if (known.canary.pass?.weight === stands.weight) return;
  const cluster = await reachCluster(known.cluster, project.folder);
  const deadline = Date.now() + patienceSeconds * 1000;
  let told = "";
  try {
    while (!signal.aborted) {
      const now = verdictOn(await readVerdict(cluster, known), candidateKey(stands), stands.weight);
      if (now.verdict === "pass") return;
      if (now.verdict === "fail" || Date.now() > deadline) throw stopped(stands.weight, now);
      const text = `Rung at ${stands.weight} %: ${now.verdict}: ${now.sentence}`;
      if (text !== told) say(text);
      told = text;
      await pause(LOOK_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    cluster.close();
  }
}

const stopped = (weight: number, { verdict, sentence }: StageVerdict): Trouble =>
  new Trouble(
    "verdict",
    `Stopped at the rung of ${weight} % as the verdict is "${verdict}": ${sentence}`,
    verdict === "fail"
      ? "zd rollback takes the candidate out and records it; zd candidate names a fixed image then."
      : "zd run waits on; zd status shows the verdict; zd rollback takes the candidate out.",
  );
