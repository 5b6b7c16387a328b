import {
  lastKey,
  nthKeyText,
  partingKeys,
  type Key,
  type KeyRange,
  type Query,
} from "../../../schema/sql/key-ranges.ts";
import type { MappedTable } from "../../../schema/rows/mapped-rows.ts";
import { BACKFILL_SETTING } from "../../../schema/sql/names.ts";
import { identifier, list, literal, sql, type Sql } from "../../../schema/sql/sql.ts";
import type { Walk } from "../../../schema/plan/change.ts";
import { stopIfAsked } from "../interruption.ts";
import { withParallelSessions } from "./parallel-sessions.ts";
import type { OpenRange, Progress } from "../ledger/walk-progress.ts";
import { LoadWatch } from "./load-watch.ts";
import { ProgressLog } from "./progress-log.ts";
import type { Runner } from "../runner.ts";
import { codeOf, isLockFailure } from "../database/database-errors.ts";
import { nextBatchSize } from "./pacing.ts";
import { RowCosts } from "./row-costs.ts";
import { named, watchBlockers } from "../database/watch-blockers.ts";
import { pause } from "../database/with-lock-retries.ts";

/** Rows of a step. */
const STEP = { least: 20, most: 10_000 } as const;
/**
 * A step locks its rows until it commits: so small a part of the table that hardly any write hits
 * one of them.
 */
const LARGEST_PART = 1 / 200;
const SMALLEST_MOST = 100;
/**
 * A longer step means something unforeseen, such as a bad plan; a smaller one may be fast enough.
 */
const STEP_MILLISECONDS = 2_000;
const FEWEST = 10;
/** The longest wait for a row lock, where deadlock_timeout is long enough. */
const WAIT_MILLISECONDS = 200;
/** A smaller table is done before several sessions have started. */
const LEAST_ROWS_OF_RANGE = 20_000;
/** Rows of the sample that says where ranges end. */
const SAMPLE_ROWS = 10_000;

/**
 * A walk that writes: each step commits together with its place in the ledger. A large
 * table is walked in as many ranges at once as the settings say. Counts are of the whole
 * walk, over all its runs.
 */
export async function writeRows(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
  query: (range: KeyRange) => Query,
  hold: (range: KeyRange) => Query | null = () => null,
): Promise<Progress> {
  const { store, worker, settings } = runner;
  const earlier = walk.resumes ? await store.readProgress(walk.migration, walk.name) : null;
  if (earlier !== null) runner.log(`Going on after ${earlier.rows} rows`);
  const begin = earlier ?? (await beginAnew(runner, walk, mapped, estimate));
  const open = begin.ranges.flatMap((range, place) => (isDone(range) ? [] : [place]));
  const count = Math.max(1, Math.min(settings.ranges, open.length));
  const log = new ProgressLog(runner.log, walk.label, estimate, begin.rows);
  const done = { rows: begin.rows, batches: begin.batches, seconds: begin.seconds };
  return withParallelSessions(runner, count, async (lanes) => {
    const load = await LoadWatch.begin(runner, mapped.active.mapping.table, lanes);
    try {
      const queries = { query, hold };
      const shared: Shared = {
        walk,
        mapped,
        estimate,
        queries,
        log,
        load,
        lanes,
        done,
        hasFirstEnded: false,
      };
      await walkRanges(shared, begin.ranges, open);
      await worker.transaction(() => store.recordStep(walk.migration, walk.name, done.seconds));
      const rate = done.seconds > 0 ? Math.round(done.rows / done.seconds) : done.rows;
      runner.log(
        `${walk.label}: ${done.rows} rows in ${done.batches} steps, ${rate} rows/s${lanes.length > 1 ? ` in ${lanes.length} ranges at once` : ""}${load.account}`,
      );
      return { ...begin, ...done };
    } finally {
      await load.end();
    }
  });
}

/** What all lanes of a walk share. */
interface Shared {
  readonly walk: Walk;
  readonly mapped: MappedTable;
  readonly estimate: number;
  readonly queries: Queries;
  readonly log: ProgressLog;
  readonly load: LoadWatch;
  readonly lanes: readonly Runner[];
  /** What is done of all ranges. */
  readonly done: { rows: number; batches: number; seconds: number };
  /** Whether the lane of the runner's own session has no range left. */
  hasFirstEnded: boolean;
}

/** What all steps of a lane share. */
interface Lane {
  readonly runner: Runner;
  readonly processId: number;
  /** How long a statement waits for a row lock. Milliseconds. */
  readonly wait: number;
  /** Whether another lane has failed: nothing more is begun then. */
  readonly isOver: () => boolean;
}

interface Queries {
  /** Writes a range. */
  readonly query: (range: KeyRange) => Query;
  /**
   * Locks it before, in a statement of its own, so that the one that writes sees what others had
   * done until then; null where nothing else needs a lock.
   */
  readonly hold: (range: KeyRange) => Query | null;
}

/**
 * Rows after the last one now are written with the trigger in place, so the walk ends even when
 * inserts are faster.
 */
async function beginAnew(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
): Promise<Progress> {
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  const until = await keyAt(runner, lastKey(table, mapped.key));
  const ranges = until === null ? [] : await rangesUpTo(runner, mapped, until, estimate);
  const begin: Progress = { ranges, rows: 0, batches: 0, seconds: 0 };
  const expected = estimate < 0 ? null : estimate;
  if (until !== null)
    await runner.worker.transaction(() =>
      runner.store.recordBegin(walk.migration, walk.name, begin, expected),
    );
  return begin;
}

async function rangesUpTo(
  { worker, settings }: Runner,
  mapped: MappedTable,
  until: Key,
  estimate: number,
): Promise<readonly OpenRange[]> {
  const parts = Math.min(settings.ranges, Math.floor(estimate / LEAST_ROWS_OF_RANGE));
  if (parts < 2) return [{ at: null, until }];
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  const percent = Math.min(100, (100 * SAMPLE_ROWS) / estimate);
  const text = partingKeys(table, mapped.key, until, parts, percent);
  const rows = await worker.rows<Record<string, string>>(text.sql, text.values);
  const ends = [...rows.map((row): Key => Object.values(row)), until];
  return ends.map((end, place) => ({ at: ends[place - 1] ?? null, until: end }));
}

const isDone = ({ at, until }: OpenRange): boolean => JSON.stringify(at) === JSON.stringify(until);

/** Each lane takes the next range that nobody has taken; the first failure ends all of them. */
async function walkRanges(
  shared: Shared,
  ranges: readonly OpenRange[],
  open: readonly number[],
): Promise<void> {
  const left = [...open];
  let isOver = false;
  const outcomes = await Promise.allSettled(
    shared.lanes.map(async (runner) => {
      try {
        const { worker } = runner;
        const lane = {
          runner,
          processId: await worker.processId(),
          wait: await waitMilliseconds(runner),
          isOver: () => isOver,
        };
        for (let place = left.shift(); place !== undefined; place = left.shift()) {
          const range = ranges[place];
          if (range !== undefined)
            await walkRange(shared, lane, range, { range: place, ranges: ranges.length });
        }
        shared.hasFirstEnded ||= runner === shared.lanes[0];
      } catch (error) {
        isOver = true;
        throw error;
      }
    }),
  );
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** The place of a range among all. */
interface Place {
  readonly range: number;
  readonly ranges: number;
}

/** Step after step to the end of a range. */
async function walkRange(shared: Shared, lane: Lane, range: OpenRange, place: Place): Promise<void> {
  const { walk, mapped, estimate, log, load, lanes } = shared;
  const { runner, wait } = lane;
  const costs = new RowCosts();
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  const part = Math.round((estimate * LARGEST_PART) / lanes.length);
  const most = estimate < 0 ? STEP.most : Math.max(SMALLEST_MOST, part);
  const limits = { ...STEP, most: Math.min(STEP.most, most) };
  let size = Math.min(500, limits.most);
  let failures = 0;
  let waitedFor = "";
  let told = "";
  let left = range;
  while (!isDone(left) && !lane.isOver()) {
    stopIfAsked(runner, waitedFor && `it was waiting for ${waitedFor}`);
    await load.relief((reason) => runner.store.recordPause(walk.migration, walk.name, reason));
    await load.clean(table, runner === lanes[0] || shared.hasFirstEnded);
    const begun = performance.now();
    runner.worker.takeAnswers();
    const write = () => writeStep(shared, lane, left, place, size);
    try {
      left = await watchBlockers(
        runner,
        lane.processId,
        wait / 3,
        (blockers) => (waitedFor = named(blockers)),
        write,
      );
    } catch (error) {
      // Somebody holds a row of the range, or the step took too long: a smaller one meets fewer
      // such rows, and waits for none of them long.
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
    // Network time delays only us, and a smaller step would not shorten it.
    const { count, quickest } = runner.worker.takeAnswers();
    const working = size * costs.add(size, Math.max(0, milliseconds - count * quickest));
    size = nextBatchSize(size, working, { ...limits, target: load.pace.target });
    await load.rest(working);
  }
}

/** The first row of a key query, as texts. */
export async function keyAt(runner: Runner, query: Query): Promise<Key | null> {
  const [row] = await runner.worker.rows<Record<string, string>>(query.sql, query.values);
  return row === undefined ? null : Object.values(row);
}

/**
 * Three messages, as few as anybody needs who knows the keys beforehand (four where rows are held
 * first). What is left of the range then.
 */
async function writeStep(
  { walk, mapped, queries, log, load, lanes, done }: Shared,
  { runner, wait }: Lane,
  left: OpenRange,
  place: Place,
  size: number,
): Promise<OpenRange> {
  const { worker, store } = runner;
  const begun = performance.now();
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  const rest = { after: left.at, upTo: left.until };
  try {
    load.stepBegins();
    const found = await worker.message([
      sql`BEGIN`,
      ...stepSettings(size, wait),
      store.holdFence(),
      nthKeyText(table, mapped.key, rest, size),
    ]);
    await store.checkFence(found.at(-2));
    const next = found.at(-1)?.[0];
    const at = next === undefined ? left.until : Object.values(next).map(String);
    const range = { after: left.at, upTo: at };
    const held = queries.hold(range);
    if (held !== null) await worker.run(held.sql, held.values, "repeated");
    const text = queries.query(range);
    const rows = await worker.run(text.sql, text.values, "repeated");
    // Each of several sessions has its share of the time.
    const seconds = (performance.now() - begun) / 1000 / lanes.length;
    const step = { ...place, at, rows, seconds, pace: log.add(size) };
    await worker.message([store.step(walk.migration, walk.name, step), sql`COMMIT`]);
    done.rows += rows;
    done.batches++;
    done.seconds += seconds;
    return { ...left, at };
  } catch (error) {
    // A broken connection has rolled back already, and the first error is the one to report.
    await worker.run(sql`ROLLBACK`).catch(() => undefined);
    throw error;
  }
}

function isTimeout(runner: Runner, error: unknown): boolean {
  return codeOf(error) === "57014" && !runner.signal.aborted;
}

/**
 * At most half of deadlock_timeout, so that this gives way before anybody who began to wait at the
 * same time checks for a deadlock.
 */
async function waitMilliseconds({ worker }: Runner): Promise<number> {
  const [row] = await worker.rows<{ timeout: number }>(
    sql`SELECT setting::int AS timeout FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'`,
  );
  const timeout = row?.timeout ?? 2 * WAIT_MILLISECONDS;
  return Math.max(1, Math.min(WAIT_MILLISECONDS, Math.floor(timeout / 2)));
}

/**
 * Row locks are waited for much less long than deadlock_timeout, so that in a deadlock it is hardly
 * ever the application that is the victim. A lost commit would take the cursor along, so there is
 * no need to wait for the disk. The smallest step may take as long as it has to.
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
