import { describePlace, placeOf } from "../../release/place.ts";
import type { Release } from "../../release/release.ts";
import { openContext } from "../stack/context.ts";
import { enterStage, type Surroundings } from "./enter-stage.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { readPast } from "../stack/stack.ts";
import type { Status } from "../moves/status.ts";
import { printResult } from "./print-result.ts";

/**
 * Enters one stage after the other; the first that does not complete ends it, and an interrupt ends
 * it between two.
 */
export async function runPath(
  options: GlobalOptions,
  stages: readonly Release[],
  surroundings: Surroundings,
): Promise<void> {
  let status: Status | null = null;
  for (const release of stages) {
    if (surroundings.signal.aborted) break;
    const context = await openContext(options);
    status = await enterStage(context, await readPast(context.project), release, surroundings);
    surroundings.say(`${describePlace(placeOf(release))} is complete.`);
  }
  if (status) printResult(status, surroundings.say);
}
