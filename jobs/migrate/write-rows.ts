import { lastKey, nthKey, type Key, type KeyRange, type Query } from "../../schema/key-ranges.ts";
import type { MappedTable } from "../../schema/mapping-queries.ts";
import { BACKFILL_SETTING } from "../../schema/names.ts";
import { identifier, integer, literal, sql, type Sql } from "../../schema/sql.ts";
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
const WAIT_MILLISECONDS = 200;

/** A walk that writes: each step commits together with its place in the ledger. Counts are of the whole walk, over all its runs. */
export async function writeRows(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
  query: (range: KeyRange) => Query,
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
    const done = await step(runner, walk, mapped, begin, estimate, query, load);
    await worker.transaction(() => store.recordStep(walk.migration, walk.name, done.seconds));
    const rate = done.seconds > 0 ? Math.round(done.rows / done.seconds) : done.rows;
    runner.log(`${walk.label}: ${done.rows} rows in ${done.batches} steps, ${rate} rows/s${load.account}`);
    return done;
  } finally {
    await load.end();
  }
}

/** Step after step to the end. */
async function step(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  begin: Progress,
  estimate: number,
  query: (range: KeyRange) => Query,
  load: LoadWatch,
): Promise<Progress> {
  const table = identifier(mapped.schema, mapped.active.mapping.table);
  const processId = await runner.worker.processId();
  const log = new ProgressLog(runner.log, walk.label, estimate, begin.rows);
  const most = estimate < 0 ? STEP.most : Math.max(SMALLEST_MOST, Math.round(estimate * LARGEST_PART));
  const limits = { ...STEP, most: Math.min(STEP.most, most) };
  let size = Math.min(500, limits.most);
  let failures = 0;
  let waitedFor = "";
  let told = "";
  let done = begin;
  for (let isLast = done.until === null; !isLast;) {
    stopIfAsked(runner, waitedFor && `it was waiting for ${waitedFor}`);
    await load.relief((reason) => runner.store.recordPause(walk.migration, walk.name, reason));
    await load.clean(table);
    const begun = performance.now();
    const rest = { after: done.cursor, upTo: done.until };
    const upTo = await keyAt(runner, nthKey(table, mapped.key, rest, size));
    const text = query({ after: done.cursor, upTo: upTo ?? done.until });
    const write = () =>
      writeStep(runner, walk, text, { ...done, cursor: upTo ?? done.until }, size, begun, log);
    try {
      done =
        failures === 0
          ? await write()
          : await watchBlockers(
              runner.watcher,
              processId,
              WAIT_MILLISECONDS / 3,
              (blockers) => (waitedFor = named(blockers)),
              write,
            );
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
    isLast = upTo === null;
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

async function writeStep(
  runner: Runner,
  walk: Walk,
  text: Query,
  from: Progress,
  size: number,
  begun: number,
  log: ProgressLog,
): Promise<Progress> {
  return runner.worker.transaction(async () => {
    const rows = await runner.worker.run(text.sql, text.values);
    const done: Progress = {
      ...from,
      rows: from.rows + rows,
      batches: from.batches + 1,
      seconds: from.seconds + (performance.now() - begun) / 1000,
    };
    await runner.store.recordProgress(walk.migration, walk.name, done, log.add(size));
    return done;
  }, stepSettings(size));
}

function isTimeout(runner: Runner, error: unknown): boolean {
  return codeOf(error) === "57014" && !runner.signal.aborted;
}

/**
 * Row locks are waited for less long than deadlock_timeout, so that in a deadlock it is never the application that is the victim. A lost commit
 * would take the cursor along, so there is no need to wait for the disk. The smallest step may take as long as it has to.
 */
function stepSettings(size: number): Sql {
  const limit = size <= FEWEST ? 0 : STEP_MILLISECONDS;
  return sql`SET LOCAL lock_timeout = ${integer(WAIT_MILLISECONDS)}; SET LOCAL statement_timeout = ${integer(limit)}; SET LOCAL synchronous_commit = off; SELECT pg_catalog.set_config(${literal(BACKFILL_SETTING)}, 'on', true)`;
}
