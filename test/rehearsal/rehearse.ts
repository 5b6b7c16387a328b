import { checkFilled, type FilledCheck } from "../../example/check-filled.ts";
import { fill } from "../../example/fill.ts";
import { isClean, type Report as LoadReport } from "../../example/load/report.ts";
import { startLoad, type Load } from "../../example/load/start-load.ts";
import type { Totals } from "../../example/load/totals.ts";
import { buildExamples, createAddressBook, PASSWORDS, type AddressBook } from "../support/address-book.ts";
import type { Outcome } from "../support/stack.ts";
import type { Target } from "../support/target.ts";
import { watchRoute, type RouteWatch, type Written } from "./route-watch.ts";
import { STAGES, type RehearsalStage } from "./stages.ts";

/** How a rehearsal is done. */
export interface RehearsalOptions {
  /** Name of namespace, database and stack. */
  readonly name: string;
  /** Addresses filled in before the release begins. */
  readonly rows: number;
  /** Requests per second. */
  readonly rate: number;
  /** The load goes on after the last stage until at least so many requests were sent. */
  readonly requests: number;
  readonly changes?: Readonly<Record<string, unknown>>;
}

/** What one stage did to the users. */
export interface StageFigures {
  readonly title: string;
  /** When its `up` began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly isOk: boolean;
  readonly seconds: number;
  readonly sent: number;
  readonly failed: number;
  readonly wrong: number;
  readonly slow: number;
  readonly longestGapMilliseconds: number;
  readonly p99Milliseconds: number;
  readonly answeredBy: Readonly<Record<string, number>>;
  /** From the write of the weights to the last answer of the colour that had the traffic; null where none moved. */
  readonly lastOldAnswerMilliseconds: number | null;
}

export interface Rehearsal {
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

export type Say = (line: string) => void;

/** Takes the address book from version 1 to version 2 and counts what its users notice. */
export async function rehearse(target: Target, options: RehearsalOptions, say: Say): Promise<Rehearsal> {
  const { name, rows, rate, changes } = options;
  say("Building both versions of the address book …");
  const images = await buildExamples(target);
  const book = await createAddressBook(target, name, images, changes);
  try {
    const install = await book.stack.up();
    if (!install.isOk) throw new Error(`Cannot install version 1:\n${install.text}`);
    const connection = connectionOf(target, book);
    await fill({ connection, count: rows });
    say(
      `Version 1 serves after ${install.seconds.toFixed(1)} s; ${rows.toLocaleString("en")} addresses are in.`,
    );
    const { publicUrl } = target.gateway;
    const load = await startLoad({
      url: publicUrl,
      hostHeader: book.host,
      allowHost: new URL(publicUrl).hostname,
      rate,
    });
    const watch = watchRoute(target, name, "address-book");
    try {
      return await underLoad({ book, load, watch, options, connection, say });
    } finally {
      watch.stop();
    }
  } finally {
    await book.remove();
  }
}

const connectionOf = (target: Target, book: AddressBook) => ({
  host: target.database.host,
  port: target.database.port,
  database: book.database,
  user: `${book.database}_blue`,
  password: PASSWORDS.blue,
});

interface Rehearsing {
  readonly book: AddressBook;
  readonly load: Load;
  readonly watch: RouteWatch;
  readonly options: RehearsalOptions;
  readonly connection: ReturnType<typeof connectionOf>;
  readonly say: Say;
}

async function underLoad(rehearsing: Rehearsing): Promise<Rehearsal> {
  const { book, load, watch, options, connection, say } = rehearsing;
  const stages: StageFigures[] = [];
  const faults: string[] = [];
  for (const stage of STAGES) {
    const { figures, outcome } = await doStage(rehearsing, stage);
    stages.push(figures);
    say(describeStage(figures));
    if (outcome.isOk) continue;
    faults.push(`${stage.title} failed:\n${outcome.text}`);
    break;
  }
  const unchanged = faults.length === 0 ? await book.stack.up() : null;
  while (faults.length === 0 && load.snapshot().sent < options.requests) {
    say(
      `Sending on: ${load.snapshot().sent.toLocaleString("en")} of ${options.requests.toLocaleString("en")} requests`,
    );
    await Promise.race([load.ended, untilNext(options.requests - load.snapshot().sent, options.rate)]);
  }
  const report = await load.stop();
  const filled = await checkFilled({ connection, count: options.rows });
  const found = {
    stages,
    written: watch.all(),
    load: report,
    filled,
    unchanged: unchanged && { seconds: unchanged.seconds, changes: unchanged.changes },
  };
  return { ...found, faults: [...faults, ...faultsOf(found, options)] };
}

/** The time that the missing requests take at the rate, at most some seconds at once, so that progress is seen. */
const untilNext = (missing: number, rate: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(10_000, (missing / rate) * 1000 + 100)));

async function doStage(
  { book, load, watch }: Rehearsing,
  stage: RehearsalStage,
): Promise<{ figures: StageFigures; outcome: Outcome }> {
  await load.mark(stage.title);
  const started = Date.now();
  await book.stack.configure({ phase: stage.phase, active: stage.active });
  const outcome = await book.stack.up();
  const { totals } = await load.mark(`after ${stage.title}`);
  const writtenAt = watch.changedSince(started);
  return { figures: figuresOf(stage, started, outcome, totals, writtenAt), outcome };
}

function figuresOf(
  stage: RehearsalStage,
  startedAt: number,
  outcome: Outcome,
  totals: Totals,
  writtenAt: number | undefined,
): StageFigures {
  const answeredBy: Record<string, number> = {};
  for (const { version, answers } of totals.seen) answeredBy[version] = (answeredBy[version] ?? 0) + answers;
  const old = totals.seen.filter(({ colour }) => colour !== stage.active).map(({ lastAt }) => lastAt);
  return {
    title: stage.title,
    startedAt,
    isOk: outcome.isOk,
    seconds: outcome.seconds,
    sent: totals.sent,
    failed: totals.failed,
    wrong: totals.wrong,
    slow: totals.slow,
    longestGapMilliseconds: Math.max(...Object.values(totals.longestGap)),
    p99Milliseconds: totals.latency.p99,
    answeredBy,
    lastOldAnswerMilliseconds:
      writtenAt === undefined || old.length === 0 ? null : Math.max(...old) - writtenAt,
  };
}

export function describeStage(figures: StageFigures): string {
  const {
    title,
    seconds,
    sent,
    failed,
    wrong,
    slow,
    longestGapMilliseconds,
    answeredBy,
    lastOldAnswerMilliseconds,
  } = figures;
  const versions = Object.entries(answeredBy).map(
    ([version, answers]) => `${version} ${answers.toLocaleString("en")}×`,
  );
  const moved =
    lastOldAnswerMilliseconds === null
      ? ""
      : `, last old answer ${Math.round(lastOldAnswerMilliseconds)} ms after the write`;
  return (
    `${title.padEnd(26)} ${seconds.toFixed(1).padStart(5)} s  ${String(sent).padStart(6)} requests  ${failed} failed  ${wrong} wrong  ` +
    `${slow} slow  longest gap ${Math.round(longestGapMilliseconds)} ms  answered by ${versions.join(", ")}${moved}`
  );
}

/** A number that could not be measured is a fault like one that is too high. */
function faultsOf(found: Omit<Rehearsal, "faults">, options: RehearsalOptions): string[] {
  const { stages, load, filled, unchanged } = found;
  const faults: string[] = [];
  if (!load || !isClean(load)) faults.push("The load met lost, failed or wrong answers; see load.problems");
  if (load && load.totals.sent < options.requests)
    faults.push(`Only ${load.totals.sent} of ${options.requests} requests were sent`);
  if (!filled || filled.found !== filled.expected || filled.wrong > 0)
    faults.push(`Filled addresses are not what they were: ${JSON.stringify(filled)}`);
  for (const { title, lastOldAnswerMilliseconds } of stages) {
    const isMove = title.startsWith("switch") || title.includes("rollback");
    if (isMove && lastOldAnswerMilliseconds === null)
      faults.push(`The time of "${title}" could not be measured`);
  }
  const { created = 0, updated = 0, deleted = 0, replaced = 0 } = unchanged?.changes ?? {};
  if (!unchanged || created + updated + deleted + replaced > 0)
    faults.push("An unchanged up changed something, or was not tried");
  return faults;
}
