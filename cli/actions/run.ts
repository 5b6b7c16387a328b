import { setTimeout as pause } from "node:timers/promises";
import { begunAt } from "../../release/moves/attempt-number.ts";
import { describePlace, placeOf } from "../../release/place.ts";
import { releaseAt } from "../../release/release-at.ts";
import { PHASE_NAMES, PHASES, phaseNamed, type Phase } from "../../release/phases.ts";
import { changesSchema, isWeighted } from "../../release/release.ts";
import { awaitPass } from "../stages/await-pass.ts";
import { confirmed } from "../terminal/confirm.ts";
import { configuredIn, gather, openContext, type Context } from "../stack/context.ts";
import { enterStage, type Surroundings } from "../stages/enter-stage.ts";
import { standsAt, type Past } from "../stack/stack-state.ts";
import { soakLeft } from "../moves/soak.ts";
import { readPast } from "../stack/stack.ts";
import { statusOf } from "../moves/status.ts";
import { printResult } from "../stages/print-result.ts";
import { Trouble } from "../cli-error.ts";
import { nextPlace, type MoveOptions } from "./next.ts";

export interface RunOptions extends MoveOptions {
  /** Last stage to enter. */
  readonly until?: string;
  /** Seconds to wait for a verdict that is not a pass yet. */
  readonly patience: number;
}

const LOOK_MILLISECONDS = 1_000;

/**
 * `zd run`: one stage after the other until the new version is stable; stops at the first problem.
 */
export async function run(options: RunOptions, surroundings: Surroundings): Promise<void> {
  const until = phaseMeant(options.until);
  await askBefore(options, until);
  for (let stages = 0; ; stages += 1) {
    const context = await openContext(options);
    const past = await readPast(context.project);
    const stands = standsAt(past);
    const isOver = stages > 0 && stands?.phase === "stable";
    if (isOver || surroundings.signal.aborted || (stands && stands.phase === until && stages > 0)) {
      printResult(statusOf(await gather(context)), surroundings.say);
      return;
    }
    await waitBefore(context, past, options, surroundings);
    if (surroundings.signal.aborted) continue;
    await enterStage(
      context,
      past,
      releaseAt(configuredIn(context, past), nextPlace(context, past)),
      surroundings,
    );
  }
}

function phaseMeant(word: string | undefined): Phase | null {
  if (word === undefined) return null;
  const phase = phaseNamed(word);
  if (!phase)
    throw new Trouble(
      "usage",
      `Cannot run until ${word} as there is no such phase.`,
      `Phases: ${PHASE_NAMES.join(", ")}.`,
    );
  return phase;
}

/** The only question of a run comes before its first stage, not in the middle. */
async function askBefore(options: RunOptions, until: Phase | null): Promise<void> {
  const context = await openContext(options);
  const configured = configuredIn(context, await readPast(context.project));
  const isDropping =
    changesSchema(configured) && (until === null || until === "stable" || PHASES[until].drops);
  if (isDropping) await confirmed({ phase: "contract", active: placeOf(configured).active }, options);
}

/** Waits for the verdict of a rung, and for the soak of a switch. */
async function waitBefore(
  context: Context,
  past: Past,
  options: RunOptions,
  { say, signal }: Surroundings,
): Promise<void> {
  const stands = standsAt(past);
  if (!stands || past.entered?.attempt !== past.completed?.attempt) return;
  if (isWeighted(stands)) await awaitPass(context, stands, options.patience, { say, signal });
  let isTold = false;
  while (!signal.aborted) {
    const { schema } = await gather(context);
    const sinceSwitch = "found" in schema ? (schema.found?.secondsSinceSwitch ?? null) : null;
    const sinceStage = (Date.now() - (past.completed ? begunAt(past.completed) : 0)) / 1000;
    const left = soakLeft(stands, sinceSwitch, sinceStage);
    if (left === 0) return;
    if (!isTold)
      say(
        `${describePlace(placeOf(stands))}: ${left} s of soak are left; zd rollback goes back within seconds.`,
      );
    isTold = true;
    await pause(Math.min(left * 1000, 10 * LOOK_MILLISECONDS), undefined, { signal }).catch(() => undefined);
  }
}
