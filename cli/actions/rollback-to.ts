import { PHASES } from "../../release/phases.ts";
import { describePlace, placeOf } from "../../release/place.ts";
import { confirmed } from "../terminal/confirm.ts";
import { configuredIn, openContext } from "../stack/context.ts";
import type { Surroundings } from "../stages/enter-stage.ts";
import { goalOf, type PastUp } from "../stack/history.ts";
import { readHistory, readPast } from "../stack/stack.ts";
import { runPath } from "../stages/run-path.ts";
import { Trouble } from "../cli-error.ts";
import { describeWalk, shortestWalk } from "../moves/stage-path.ts";
import type { MoveOptions } from "./next.ts";

/** `zd rollback --to <n>`: the shortest legal way to a past state, or exactly why there is none. */
export async function rollbackTo(n: number, options: MoveOptions, surroundings: Surroundings): Promise<void> {
  const context = await openContext(options);
  const [past, ups] = await Promise.all([readPast(context.project), readHistory(context.project)]);
  const wanted = target(ups, n);
  const goal = goalOf(wanted);
  if (!goal)
    throw new Trouble("refused", `Cannot go to ${n} as its config named no stage.`, "zd history lists them.");
  const walk = shortestWalk(past, configuredIn(context, past), goal);
  const title = `${n} (${describePlace(goal.place)}, ${wanted.slots[goal.place.active]?.version ?? "?"})`;
  if ("refusals" in walk) {
    throw new Trouble(
      "refused",
      [
        `Cannot go back to ${title} as no legal moves lead there:`,
        ...walk.refusals.map((reason) => `  ${reason}`),
        "Nothing was changed.",
      ].join("\n"),
      "zd status shows the moves that are legal now.",
    );
  }
  if (walk.stages.length === 0) {
    surroundings.say(`Nothing to do: ${title} is where the release stands.`);
    return;
  }
  surroundings.say(`To ${title}: ${describeWalk(walk.stages)}`);
  const contract = walk.stages.find(({ phase }) => PHASES[phase].drops);
  if (contract) await confirmed(placeOf(contract), options);
  await runPath(options, walk.stages, surroundings);
}

function target(ups: readonly PastUp[], n: number): PastUp {
  const found = ups.find((up) => up.n === n);
  if (!found)
    throw new Trouble(
      "usage",
      `Cannot go to ${n} as the history has ${ups.length} stages.`,
      "zd history lists them.",
    );
  if (found.outcome === "completed") return found;
  throw new Trouble(
    "refused",
    `Cannot go to ${n} as that stage did not complete. Nothing was changed.`,
    "zd history lists those that did.",
  );
}
