import { lastKey, nthKeyText, type Key, type KeyRange, type Query } from "../../schema/key-ranges.ts";
import type { MappedTable } from "../../schema/mapped-rows.ts";
import { BACKFILL_SETTING } from "../../schema/names.ts";
import { identifier, list, literal, sql, type Sql } from "../../schema/sql.ts";
import type { Walk } from "../../schema/statement.ts";
import { nextBatchSize } from "./batch-size.ts";
import type { Progress } from "./ledger-store.ts";
import { stopIfAsked } from "./interruption.ts";
import { LoadWatch } from "./load-watch.ts";
import { ProgressLog } from "./progress-log.ts";
import type { Runner } from "./runner.ts";
import { codeOf, isLockFailure } from "./session.ts";
import { named, watchBlockers } from "./watch-blockers.ts";
import { pause } from "./with-lock-retries.ts";

/** Above a thousand rows a step gains nearly nothing, and what others wait for it is its whole length. */
const STEP = { target: 30, least: 20, most: 10_000 } as const;
/** A step holds its rows until it commits: so small a part of the table that hardly anybody writes one of them meanwhile. */
const LARGEST_PART = 1 / 200;
const SMALLEST_MOST = 100;
/** What takes longer was not foreseen, such as a bad plan; a smaller step may not. */
const STEP_MILLISECONDS = 2_000;
const FEWEST = 10;
/** The longest wait for a row lock, where deadlock_timeout is long enough. */
const WAIT_MILLISECONDS = 200;

/** A walk that writes: each step commits together with its place in the ledger. Counts are of the whole walk, over all its runs. */
export async function writeRows(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
  query: (range: KeyRange) => Query,
  hold: (range: KeyRange) => Query | null = () => null,
): Promise<Progress> {
  const { store, worker } = runner;
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  const earlier = walk.resumes ? await store.readProgress(walk.migration, walk.name) : null;
  if (earlier !== null) runner.log(`Going on after ${earlier.rows} rows`);
  const begin: Progress = earlier ?? {
    cursor: null,
    // Rows after this one are written with the trigger in place, so the walk ends even when inserts are faster.
    until: await keyAt(runner, lastKey(table, mapped.key)),
    rows: 0,
    batches: 0,
    seconds: 0,
  };
  const load = await LoadWatch.begin(runner, mapped.active.mapping.table);
  try {
    const done = await step(runner, walk, mapped, begin, estimate, { query, hold }, load);
    await worker.transaction(() => store.recordStep(walk.migration, walk.name, done.seconds));
    const rate = done.seconds > 0 ? Math.round(done.rows / done.seconds) : done.rows;
    runner.log(`${walk.label}: ${done.rows} rows in ${done.batches} steps, ${rate} rows/s${load.account}`);
    return done;
  } finally {
    await load.end();
  }
}

/** What all steps of a walk share. */
interface Stepping {
  readonly runner: Runner;
  readonly walk: Walk;
  readonly mapped: MappedTable;
  readonly queries: Queries;
  readonly log: ProgressLog;
  /** How long a statement waits for a row lock. Milliseconds. */
  readonly wait: number;
}

interface Queries {
  /** Writes a range. */
  readonly query: (range: KeyRange) => Query;
  /** Locks it before, in a statement of its own, so that the one that writes sees what others had done until then; null where nothing else needs a lock. */
  readonly hold: (range: KeyRange) => Query | null;
}

/** Step after step to the end. */
async function step(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  begin: Progress,
  estimate: number,
  queries: Queries,
  load: LoadWatch,
): Promise<Progress> {
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  const processId = await runner.worker.processId();
  const wait = await waitMilliseconds(runner);
  const log = new ProgressLog(runner.log, walk.label, estimate, begin.rows);
  const stepping = { runner, walk, mapped, queries, log, wait };
  const most = estimate < 0 ? STEP.most : Math.max(SMALLEST_MOST, Math.round(estimate * LARGEST_PART));
  const limits = { ...STEP, most: Math.min(STEP.most, most) };
  let size = Math.min(500, limits.most);
  let failures = 0;
  let waitedFor = "";
  let told = "";
  let done = begin;
  let isLast = done.until === null;
  while (!isLast) {
    stopIfAsked(runner, waitedFor && `it was waiting for ${waitedFor}`);
    await load.relief((reason) => runner.store.recordPause(walk.migration, walk.name, reason));
    await load.clean(table);
    const begun = performance.now();
    const write = () => writeStep(stepping, done, size);
    try {
      ({ done, isLast } =
        failures === 0
          ? await write()
          : await watchBlockers(
              runner.watcher,
              processId,
              wait / 3,
              (blockers) => (waitedFor = named(blockers)),
              write,
            ));
    } catch (error) {
      // Somebody holds a row of the range, or the step took too long: a smaller one meets fewer, and waits for none of them long.
      if (!isLockFailure(error) && !isTimeout(runner, error)) throw error;
      runner.figures.lockTimeouts++;
      size = Math.max(FEWEST, Math.floor(size / 4));
      if (waitedFor !== told) runner.log(`${walk.label}: waiting for ${waitedFor}`);
      told = waitedFor;
      await pause(failures++, runner.signal);
      continue;
    }
    failures = 0;
    waitedFor = "";
    log.tell();
    const milliseconds = performance.now() - begun;
    const { figures } = runner;
    figures.longestStepMilliseconds = Math.max(figures.longestStepMilliseconds, Math.ceil(milliseconds));
    size = nextBatchSize(size, milliseconds, limits);
  }
  return done;
}

/** The first row of a key query, as texts. */
export async function keyAt(runner: Runner, query: Query): Promise<Key | null> {
  const [row] = await runner.worker.rows<Record<string, string>>(query.sql, query.values);
  return row === undefined ? null : Object.values(row);
}

/** Three messages, as few as anybody needs who knows the keys beforehand (four where rows are held first); null when the range had fewer rows, so that this was the last step. */
async function writeStep(
  { runner, walk, mapped, queries, log, wait }: Stepping,
  from: Progress,
  size: number,
): Promise<{ readonly done: Progress; readonly isLast: boolean }> {
  const { worker, store } = runner;
  const begun = performance.now();
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  const rest = { after: from.cursor, upTo: from.until };
  try {
    const found = await worker.message([
      sql`BEGIN`,
      ...stepSettings(size, wait),
      store.holdFence(),
      nthKeyText(table, mapped.key, rest, size),
    ]);
    await store.checkFence(found.at(-2));
    const next = found.at(-1)?.[0];
    const cursor = next === undefined ? from.until : Object.values(next).map(String);
    const range = { after: from.cursor, upTo: cursor };
    const held = queries.hold(range);
    if (held !== null) await worker.run(held.sql, held.values, "repeated");
    const text = queries.query(range);
    const rows = await worker.run(text.sql, text.values, "repeated");
    const done: Progress = {
      ...from,
      cursor,
      rows: from.rows + rows,
      batches: from.batches + 1,
      seconds: from.seconds + (performance.now() - begun) / 1000,
    };
    await worker.message([store.progress(walk.migration, walk.name, done, log.add(size)), sql`COMMIT`]);
    return { done, isLast: next === undefined };
  } catch (error) {
    // A connection that is gone has rolled back already, and the first error is the one to tell.
    await worker.run(sql`ROLLBACK`).catch(() => undefined);
    throw error;
  }
}

function isTimeout(runner: Runner, error: unknown): boolean {
  return codeOf(error) === "57014" && !runner.signal.aborted;
}

/** Half of deadlock_timeout at most, so that this gives way before anybody looks for a deadlock who began to wait at the same time. */
async function waitMilliseconds({ worker }: Runner): Promise<number> {
  const [row] = await worker.rows<{ timeout: number }>(
    sql`SELECT setting::int AS timeout FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'`,
  );
  const timeout = row?.timeout ?? 2 * WAIT_MILLISECONDS;
  return Math.max(1, Math.min(WAIT_MILLISECONDS, Math.floor(timeout / 2)));
}

/**
 * Row locks are waited for much less long than deadlock_timeout, so that in a deadlock it is hardly ever the application that is the victim. A lost commit
 * would take the cursor along, so there is no need to wait for the disk. The smallest step may take as long as it has to.
 */
function stepSettings(size: number, wait: number): readonly Sql[] {
  const limit = size <= FEWEST ? 0 : STEP_MILLISECONDS;
  const settings = [
    ["lock_timeout", String(wait)],
    ["statement_timeout", String(limit)],
    ["synchronous_commit", "off"],
    [BACKFILL_SETTING, "on"],
  ];
  const set = settings.map(
    ([name = "", value = ""]) => sql`pg_catalog.set_config(${literal(name)}, ${literal(value)}, true)`,
  );
  return [sql`SELECT ${list(set)}`];
}
