import { describePlace, type Place } from "../../release/place.ts";
import { PHASE_NAMES, phaseNamed, type Phase } from "../../release/phases.ts";
import { releaseAt } from "../../release/release-at.ts";
import { confirmed } from "../terminal/confirm.ts";
import { configuredIn, openContext } from "../stack/context.ts";
import { enterStage, type Surroundings } from "../stages/enter-stage.ts";
import { standsAt } from "../stack/stack-state.ts";
import { readPast } from "../stack/stack.ts";
import { printResult } from "../stages/print-result.ts";
import { Trouble } from "../cli-error.ts";
import { waysFrom } from "../moves/legal-moves.ts";
import { placeMeant } from "../moves/target.ts";
import type { MoveOptions } from "./next.ts";

export interface ToOptions extends MoveOptions {
  readonly weight?: number;
  readonly active?: string;
}

/** `zd to <phase>`: one legal move, forward or back. */
export async function to(word: string, options: ToOptions, surroundings: Surroundings): Promise<void> {
  const phase = phaseNamed(word);
  if (!phase) throw unknownPhase(word);
  const context = await openContext(options);
  const past = await readPast(context.project);
  const configured = configuredIn(context, past);
  const place = placeMeant(phase, options, waysFrom(past, configured), standsAt(past) ?? configured);
  if ("ambiguous" in place) throw ambiguous(phase, place.ambiguous);
  await confirmed(place, options);
  const release = releaseAt(configuredIn(context, past), place);
  printResult(await enterStage(context, past, release, surroundings), surroundings.say);
}

const unknownPhase = (word: string): Trouble =>
  new Trouble(
    "usage",
    `Cannot go to ${word} as there is no such phase.`,
    `Phases: ${PHASE_NAMES.join(", ")}.`,
  );

const ambiguous = (phase: Phase, places: readonly Place[]): Trouble =>
  new Trouble(
    "usage",
    `Cannot tell which ${phase} is meant: ${places.map(describePlace).join(", or ")}.`,
    "Say which with --active or --weight.",
  );
