import { departure } from "../../release/moves/origin.ts";
import { reached } from "../../release/moves/point-of-no-return.ts";
import { describePlace, placeOf, type Place } from "../../release/place.ts";
import { plan } from "../../release/plan.ts";
import { COLOURS, slotOf, type Release } from "../../release/release.ts";
import { withPlace, withSlot } from "../stack/config-file.ts";
import { configuredIn, gather, writeConfig, type Context } from "../stack/context.ts";
import { unfinished, type Past } from "../stack/stack-state.ts";
import { paint } from "../terminal/paint.ts";
import { showStage } from "./stage-progress.ts";
import { readPast, up } from "../stack/stack.ts";
import { statusLines } from "../terminal/status-lines.ts";
import { statusOf, type Status } from "../moves/status.ts";
import { Trouble } from "../cli-error.ts";
import { refusedByGate } from "../moves/legal-moves.ts";

/** What a command that enters stages needs around it. */
export interface Surroundings {
  readonly say: (line: string) => void;
  /** Ctrl-C: stops gracefully what is under way. */
  readonly signal: AbortSignal;
}

/**
 * One stage: writes the config as a person would, runs the `up`, shows it, and tells what
 * is true afterwards.
 *
 * @throws {Trouble} where the gate refuses it (config is as before), or where it did not complete
 *   (config stays, the stage can be repeated or left)
 */
export async function enterStage(
  context: Context,
  past: Past,
  next: Release,
  { say, signal }: Surroundings,
): Promise<Status> {
  const place = placeOf(next);
  const reasons = refusedByGate(past, next);
  if (reasons.length > 0) throw refused(reasons);
  const entering = await writeConfig(context, configFor(context, past, next));
  say(`${paint("bold", describePlace(place))}`);
  const show = showStage(stepsOf(past, next));
  const result = await up(context.project, past.pending, { onEvent: show.hear, say, signal })
    .catch(async (error: unknown) => {
      // Nothing has begun: the config must not speak of a stage that nobody has entered.
      await writeConfig(context, context.text);
      throw error;
    })
    .finally(show.end);
  if (result.isOk) return statusOf(await gather(entering));
  const now = await readPast(context.project);
  if (now.entered?.attempt === past.entered?.attempt && !result.isInterrupted) {
    await writeConfig(context, context.text);
    throw refused(result.errors);
  }
  throw await unfinishedStage(entering, place, result.errors, result.isInterrupted);
}

/**
 * The config's text with what leads to a release: its place, and a colour's entry where it is
 * another than now.
 */
function configFor(context: Context, past: Past, next: Release): string {
  const configured = configuredIn(context, past);
  return COLOURS.reduce(
    (text, colour) => {
      const slot = slotOf(next, colour);
      const { version, image, schema } = slot ?? {};
      const now = slotOf(configured, colour);
      const isSame = now?.version === version && now?.image === image && now?.schema === schema;
      if (isSame || version === undefined || image === undefined) return text;
      return withSlot(text, colour, { version, image, ...(schema == null ? {} : { schema }) });
    },
    withPlace(context.text, placeOf(next)),
  );
}

/** The steps that the program will take, as the same pure function plans them. */
export function stepsOf(past: Past, next: Release) {
  const { origin } = departure(past.completed, reached(unfinished(past), past.dropping), next, past.dropping);
  return plan(next, origin).steps;
}

const refused = (reasons: readonly string[]): Trouble =>
  new Trouble(
    "refused",
    [...new Set([...reasons.flatMap((reason) => reason.split("\n")), "Nothing was changed."])].join("\n"),
    "zd status shows where the release is and which moves are legal.",
  );

async function unfinishedStage(
  context: Context,
  place: Place,
  errors: readonly string[],
  isInterrupted: boolean,
): Promise<Trouble> {
  const status = statusOf(await gather(context));
  const why = isInterrupted ? "was stopped" : "did not complete";
  const lines = [
    `Stage ${describePlace(place)} ${why}:`,
    ...(isInterrupted ? [] : errors.map((error) => `  ${error.replaceAll("\n", "\n  ")}`)),
    "True now:",
    ...statusLines(status).map((line) => `  ${line}`),
  ];
  return new Trouble(isInterrupted ? "interrupted" : "failed", lines.join("\n"), adviceOn(status));
}

/** What to type after a stage that did not complete. */
function adviceOn({ usualNext, usualBack, again, stage }: Status): string {
  const isBackwards = again !== null && usualBack !== null && again === usualBack;
  const repeat = again ? `${isBackwards ? "zd rollback" : "zd next"} repeats it` : null;
  const forth = !again && usualNext ? "zd next goes on" : null;
  const back =
    usualBack && !isBackwards
      ? `zd to ${usualBack.phase}${usualBack.weight === undefined ? "" : ` --weight ${usualBack.weight}`} goes back`
      : null;
  const ways = [repeat, forth, back].filter((one) => one !== null);
  return `${ways.join("; ")}${stage ? "; zd logs shows what its Jobs said." : "."}`;
}
