import { lastKey, nthKey, type Key, type KeyRange, type Query } from "../../schema/key-ranges.ts";
import type { MappedTable } from "../../schema/mapping-queries.ts";
import { BACKFILL_SETTING } from "../../schema/names.ts";
import { identifier, literal, sql, type Sql } from "../../schema/sql.ts";
import type { Walk } from "../../schema/statement.ts";
import { nextBatchSize } from "./batch-size.ts";
import type { Progress } from "./ledger-store.ts";
import { stopIfAsked } from "./interruption.ts";
import { ProgressLog } from "./progress-log.ts";
import type { Runner } from "./runner.ts";
import { isLockFailure } from "./session.ts";
import { pause } from "./with-lock-retries.ts";

/** Above a thousand rows a step gains nearly nothing, and what others wait for it is its whole length. */
const STEP = { target: 30, least: 20, most: 10_000 } as const;

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
  let done: Progress = earlier ?? {
    cursor: null,
    // Rows after this one are written with the trigger in place, so the walk ends even when inserts are faster.
    until: await keyAt(runner, lastKey(table, mapped.key)),
    rows: 0,
    batches: 0,
    seconds: 0,
  };
  const log = new ProgressLog(runner.log, walk.label, estimate < 0 ? -1 : estimate - done.rows);
  let size = 500;
  let failures = 0;
  for (let isLast = done.until === null; !isLast;) {
    stopIfAsked(runner);
    const begun = performance.now();
    const rest = { after: done.cursor, upTo: done.until };
    const upTo = await keyAt(runner, nthKey(table, mapped.key, rest, size));
    const step = query({ after: done.cursor, upTo: upTo ?? done.until });
    try {
      done = await writeStep(runner, walk, step, { ...done, cursor: upTo ?? done.until }, begun);
    } catch (error) {
      if (!isLockFailure(error)) throw error;
      // Somebody holds a row of the range: a smaller step meets fewer, and waits for none of them long.
      runner.figures.lockTimeouts++;
      size = Math.max(10, Math.floor(size / 4));
      await pause(failures++, runner.signal);
      continue;
    }
    failures = 0;
    isLast = upTo === null;
    log.add(size);
    size = nextBatchSize(size, performance.now() - begun, STEP);
  }
  await worker.transaction(() => store.recordStep(walk.migration, walk.name, done.seconds));
  const rate = done.seconds > 0 ? Math.round(done.rows / done.seconds) : done.rows;
  runner.log(`${walk.label}: ${done.rows} rows in ${done.batches} steps, ${rate} rows/s`);
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
  step: Query,
  from: Progress,
  begun: number,
): Promise<Progress> {
  return runner.worker.transaction(async () => {
    await runner.worker.run(STEP_SETTINGS);
    const rows = await runner.worker.run(step.sql, step.values);
    const done: Progress = {
      ...from,
      rows: from.rows + rows,
      batches: from.batches + 1,
      seconds: from.seconds + (performance.now() - begun) / 1000,
    };
    await runner.store.recordProgress(walk.migration, walk.name, done);
    return done;
  });
}

/**
 * Row locks are waited for less long than deadlock_timeout, so that in a deadlock it is never the application that is the victim. A lost commit
 * would take the cursor along, so there is no need to wait for the disk.
 */
const STEP_SETTINGS: Sql = sql`SELECT pg_catalog.set_config('lock_timeout', '200', true), pg_catalog.set_config('synchronous_commit', 'off', true), pg_catalog.set_config(${literal(BACKFILL_SETTING)}, 'on', true)`;
