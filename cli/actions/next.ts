import { describePlace, isSamePlace, placeOf, type Place } from "../../release/place.ts";
import { releaseAt } from "../../release/release-at.ts";
import { confirmed } from "../terminal/confirm.ts";
import { configuredIn, openContext, type Context } from "../stack/context.ts";
import { enterStage, type Surroundings } from "../stages/enter-stage.ts";
import { placeIn } from "../../protocol/config/release-of.ts";
import { standsAt, type Past } from "../stack/stack-state.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { readPast } from "../stack/stack.ts";
import { commandFor } from "../moves/status.ts";
import { Trouble } from "../cli-error.ts";
import { usualBack, usualNext, waysFrom, type Ways } from "../moves/legal-moves.ts";
import { printResult } from "../stages/print-result.ts";

export interface MoveOptions extends GlobalOptions {
  /** Do not ask before a stage that cannot be undone. */
  readonly yes?: boolean;
}

/** `zd next`: the usual next stage, or once more the one that did not finish. */
export async function next(options: MoveOptions, surroundings: Surroundings): Promise<void> {
  const context = await openContext(options);
  const past = await readPast(context.project);
  const place = nextPlace(context, past);
  await confirmed(place, options);
  const release = releaseAt(configuredIn(context, past), place);
  printResult(await enterStage(context, past, release, surroundings), surroundings.say);
}

/** @throws {Trouble} where there is no usual next stage, or where config asks for another one */
export function nextPlace(context: Context, past: Past): Place {
  const configured = configuredIn(context, past);
  const ways = waysFrom(past, configured);
  const place = usualNext(past, ways);
  const stands = standsAt(past);
  if (!place) throw noNext(past, ways);
  const wanted = placeIn(context.known);
  const known = [place, stands, past.completed?.release].map((one) =>
    one && "from" in one ? placeOf(one) : one,
  );
  if (known.some((one) => one && isSamePlace(wanted, one))) return place;
  throw new Trouble(
    "refused",
    `Cannot tell what comes next as config says ${describePlace(wanted)}, which no up has entered yet, and the usual next stage is ${describePlace(place)}. Nothing was changed.`,
    `zd to ${place.phase} takes the usual way; zd to ${wanted.phase} tries what config says; git diff shows who edited what.`,
  );
}

function noNext(past: Past, ways: Ways): Trouble {
  const stands = standsAt(past);
  if (stands?.phase === "stable") {
    return new Trouble(
      "refused",
      `Nothing to release: ${stands.from.version} serves, and config names no other version that could follow. Nothing was changed.`,
      "Name one: zd candidate --version <version> --image <repository:tag> [--schema <migration>]",
    );
  }
  const back = usualBack(past, ways);
  return new Trouble(
    "refused",
    "There is no way on from here. Nothing was changed.",
    back
      ? `The way back: ${commandFor(back, { ...ways, usualNext: null, usualBack: back, stage: null })}`
      : "zd status tells more.",
  );
}
