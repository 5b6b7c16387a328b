import { checkFilled, type FilledCheck } from "../../example/check-filled.ts";
import { fill } from "../../example/fill.ts";
import { isClean, type Report as LoadReport } from "../../example/load/report.ts";
import { startLoad } from "../../example/load/start-load.ts";
import { buildExamples, connectionOf, createAddressBook } from "../support/journey/address-book.ts";
import type { Target } from "../support/target.ts";
import {
  doStage,
  sendOn,
  type Rehearsing,
  type RehearsalOptions,
  type Say,
  type SettledOptions,
} from "./do-stage.ts";
import { fittingRate } from "./fitting-rate.ts";
import { watchRoute, type Written } from "./route-watch.ts";
import { isOffItsWeight } from "./share.ts";
import { describeStage, type StageFigures } from "./stage-figures.ts";
import { STAGES } from "./stages.ts";

export interface Rehearsal {
  /** Requests per second, and how many at least. */
  readonly asked: { readonly rate: number; readonly requests: number };
  readonly stages: readonly StageFigures[];
  /** The weights of blue and green as they were written at the entrance. */
  readonly written: readonly Written[];
  readonly load: LoadReport | null;
  readonly filled: FilledCheck | null;
  /** An `up` that had nothing to do. */
  readonly unchanged: { readonly seconds: number; readonly changes: Readonly<Record<string, number>> } | null;
  /** Why the rehearsal does not count as passed; empty when it does. */
  readonly faults: readonly string[];
}

/** At the highest rate this is 200,000 requests. */
const USUAL_SECONDS = 1_000 / 3;

/** Takes the address book from version 1 to version 2 and counts what its users notice. */
export async function rehearse(target: Target, options: RehearsalOptions, say: Say): Promise<Rehearsal> {
  const { name, rows, strategy, changes } = options;
  say("Building both versions of the address book …");
  const images = await buildExamples(target);
  const book = await createAddressBook(target, name, images, { strategy, ...changes });
  try {
    const install = await book.stack.up();
    if (!install.isOk) throw new Error(`Cannot install version 1:\n${install.text}`);
    const connection = connectionOf(target, book);
    await fill({ connection, count: rows });
    say(
      `Version 1 serves after ${install.seconds.toFixed(1)} s; ${rows.toLocaleString("en")} addresses are in.`,
    );
    const { publicUrl } = target.gateway;
    const users = { url: publicUrl, hostHeader: book.host, allowHost: new URL(publicUrl).hostname };
    const rate = options.rate ?? (await fittingRate(users, say));
    const settled = { ...options, rate, requests: options.requests ?? Math.ceil(rate * USUAL_SECONDS) };
    const load = await startLoad({ ...users, rate });
    const watch = watchRoute(target, name, "address-book");
    try {
      return await underLoad({ target, book, load, watch, options: settled, say }, connection);
    } finally {
      watch.stop();
    }
  } finally {
    await book.remove();
  }
}

async function underLoad(
  rehearsing: Rehearsing,
  connection: ReturnType<typeof connectionOf>,
): Promise<Rehearsal> {
  const { book, load, watch, options, say } = rehearsing;
  const stages: StageFigures[] = [];
  const faults: string[] = [];
  const planned = STAGES[options.strategy];
  for (const [at, stage] of planned.entries()) {
    const sentUntil = options.strategy === "canary" ? (options.requests * (at + 1)) / planned.length : 0;
    const { figures, fault } = await doStage(rehearsing, stage, sentUntil);
    stages.push(figures);
    say(describeStage(figures));
    if (fault === null) continue;
    faults.push(`${stage.title} failed:\n${fault}`);
    break;
  }
  const unchanged = faults.length === 0 ? await book.stack.up() : null;
  if (faults.length === 0) await sendOn(rehearsing, options.requests);
  const report = await load.stop();
  const filled = await checkFilled({ connection, count: options.rows });
  const { rate, requests } = options;
  const found = {
    asked: { rate, requests },
    stages,
    written: watch.all(),
    load: report,
    filled,
    unchanged: unchanged && { seconds: unchanged.seconds, changes: unchanged.changes },
  };
  return { ...found, faults: [...faults, ...faultsOf(found, options)] };
}

/** A number that could not be measured is a fault like one that is too high. */
function faultsOf(found: Omit<Rehearsal, "faults">, options: SettledOptions): string[] {
  const { stages, load, filled, unchanged } = found;
  const faults: string[] = [];
  if (!load || !isClean(load)) faults.push("The load met lost, failed or wrong answers; see load.problems");
  if (load && load.totals.sent < options.requests)
    faults.push(`Only ${load.totals.sent} of ${options.requests} requests were sent`);
  if (!filled || filled.found !== filled.expected || filled.wrong > 0)
    faults.push(`Filled addresses are not what they were: ${JSON.stringify(filled)}`);
  for (const { title, share, lastOldAnswerMilliseconds } of stages) {
    if (share && isOffItsWeight(share))
      faults.push(
        `"${title}" gave the new version ${share.candidate} of ${share.answers} answers, which is not chance`,
      );
    const isMove = title.startsWith("switch") || title.includes("rollback");
    if (isMove && lastOldAnswerMilliseconds === null)
      faults.push(`The time of "${title}" could not be measured`);
  }
  const { created = 0, updated = 0, deleted = 0, replaced = 0 } = unchanged?.changes ?? {};
  if (!unchanged || created + updated + deleted + replaced > 0)
    faults.push("An unchanged up changed something, or was not tried");
  return faults;
}
