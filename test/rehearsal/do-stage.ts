import type { Load } from "../../example/load/start-load.ts";
import type { Totals } from "../../example/load/totals.ts";
import type { CandidateRecord } from "../../release/verdict.ts";
import type { AddressBook } from "../support/journey/address-book.ts";
import { publishedVerdict } from "../support/cluster/published-verdict.ts";
import type { Target } from "../support/target.ts";
import { until } from "../support/until.ts";
import type { RouteWatch } from "./route-watch.ts";
import type { RungShare } from "./share.ts";
import { figuresOf, type StageFigures } from "./stage-figures.ts";
import type { RehearsalStage, RehearsedStrategy } from "./stages.ts";

/** How a rehearsal is done. */
export interface RehearsalOptions {
  /** Name of namespace, database and stack. */
  readonly name: string;
  readonly strategy: RehearsedStrategy;
  /** Addresses filled in before the release begins. */
  readonly rows: number;
  /** Requests per second; undefined: as many as the machine carries, with room for the release. */
  readonly rate?: number | undefined;
  /**
   * At least so many are sent: blue-green goes on after its last stage, canary stays on each stage
   * for its part of them. Undefined: as many as the rate gives in five and a half minutes.
   */
  readonly requests?: number | undefined;
  readonly changes?: Readonly<Record<string, unknown>>;
}

/** With what was left to the machine. */
export type SettledOptions = RehearsalOptions & { readonly rate: number; readonly requests: number };

export type Say = (line: string) => void;

/** A rehearsal under way. */
export interface Rehearsing {
  readonly target: Target;
  readonly book: AddressBook;
  readonly load: Load;
  readonly watch: RouteWatch;
  readonly options: SettledOptions;
  readonly say: Say;
}

/** A rung needs `canary.minimumSeconds` and enough requests; this is far beyond both. */
const LONGEST_JUDGING_MILLISECONDS = 300_000;

/**
 * Does one stage under load.
 *
 * @param sentUntil the stage lasts until so many requests were sent
 * @returns its figures, and why the rehearsal cannot go on, or null
 */
export async function doStage(
  rehearsing: Rehearsing,
  stage: RehearsalStage,
  sentUntil: number,
): Promise<{ figures: StageFigures; fault: string | null }> {
  const { book, load, watch } = rehearsing;
  await load.mark(stage.title);
  const started = Date.now();
  const { phase, active, weight } = stage;
  await book.stack.configure({ phase, active, weight });
  const outcome = await book.stack.up();
  const { totals } = await load.mark(`after ${stage.title}`);
  const figures = figuresOf(stage, started, outcome, totals, watch.changedSince(started));
  if (!outcome.isOk) return { figures, fault: outcome.text };
  await sendOn(rehearsing, sentUntil);
  if (weight === undefined) return { figures, fault: null };
  const fault = await passes(rehearsing, weight, started);
  const held = (await load.mark(`end of ${stage.title}`)).totals;
  return { figures: { ...figures, share: shareOf(weight, held) }, fault };
}

/**
 * Waits for the judge's pass of this visit to a rung.
 * @returns what it says instead, at once or in the end
 */
async function passes(
  { target, options }: Rehearsing,
  weight: number,
  since: number,
): Promise<string | null> {
  let record: CandidateRecord | null = null;
  const stage = () => {
    const found = record?.stages[String(weight)];
    return found && found.number >= since ? found : undefined;
  };
  const isJudged = async () => {
    record = await publishedVerdict(target, options.name);
    return Boolean(record?.failed) || stage()?.judgement.verdict === "pass";
  };
  const isInTime = await until(`rung ${weight} is judged`, isJudged, LONGEST_JUDGING_MILLISECONDS).then(
    () => true,
    () => false,
  );
  const { failed } = record ?? ({} as Partial<CandidateRecord>);
  if (isInTime && !failed) return null;
  return failed?.sentence ?? stage()?.judgement.sentence ?? "The guard has published nothing about it.";
}

const shareOf = (weight: number, { seen, answered }: Totals): RungShare => ({
  weight,
  answers: answered,
  candidate: seen.filter(({ colour }) => colour === "green").reduce((sum, { answers }) => sum + answers, 0),
});

/**
 * The time that the missing requests take at the rate, at most some seconds at once, so that
 * progress is seen.
 */
const untilNext = (missing: number, rate: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(10_000, (missing / rate) * 1000 + 100)));

/** Waits until so many requests were sent. */
export async function sendOn({ load, options, say }: Rehearsing, requests: number): Promise<void> {
  while (load.snapshot().sent < requests) {
    const { sent } = load.snapshot();
    say(`Sending on: ${sent.toLocaleString("en")} of ${Math.ceil(requests).toLocaleString("en")} requests`);
    await Promise.race([load.ended, untilNext(requests - sent, options.rate)]);
  }
}
