import { isAfterSwitch, PHASES } from "../../release/phases.ts";
import { isMoving } from "../../release/release.ts";
import { configuredIn, openContext } from "../stack/context.ts";
import type { Surroundings } from "../stages/enter-stage.ts";
import { standsAt } from "../stack/stack-state.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { readPast } from "../stack/stack.ts";
import { runPath } from "../stages/run-path.ts";
import { Trouble } from "../cli-error.ts";
import { describeWalk, shortestWalk } from "../moves/stage-path.ts";

/**
 * `zd abort`: gives a release up before the switch, stage by stage back to stable with
 * the old version.
 */
export async function abort(options: GlobalOptions, surroundings: Surroundings): Promise<void> {
  const context = await openContext(options);
  const past = await readPast(context.project);
  const stands = standsAt(past);
  if (!stands || !isMoving(stands)) {
    throw new Trouble(
      "refused",
      "Nothing to abort: no release is on its way.",
      "zd status shows where it stands.",
    );
  }
  // On the way back to the old version, replaced pods are replaced again.
  if (isAfterSwitch(stands.phase) && PHASES[stands.phase].oldPods !== "replaced") {
    throw new Trouble(
      "refused",
      `Cannot abort in ${stands.phase} as users are on ${stands.to.version}.`,
      "zd rollback gives them back to the old version, at once; zd abort then gives the release up.",
    );
  }
  const goal = { place: { phase: "stable", active: stands.from.colour }, slots: {} } as const;
  const walk = shortestWalk(past, configuredIn(context, past), goal);
  if ("refusals" in walk)
    throw new Trouble("refused", walk.refusals.join("\n"), "zd status shows the legal moves.");
  surroundings.say(`Back to ${stands.from.version}: ${describeWalk(walk.stages)}`);
  await runPath(options, walk.stages, surroundings);
}
