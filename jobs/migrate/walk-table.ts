import {
  lastKey,
  nthKey,
  type Key,
  type KeyColumn,
  type KeyRange,
  type Query,
} from "../../schema/key-ranges.ts";
import type { Facts, Ledger } from "../../schema/facts.ts";
import {
  archiveNew,
  archiveOld,
  backfill,
  countDisagreeing,
  countRoundTrip,
  type MappedTable,
} from "../../schema/mapping-queries.ts";
import { archiveTable, BACKFILL_SETTING } from "../../schema/names.ts";
import { identifier, literal, sql, type Sql } from "../../schema/sql.ts";
import type { Walk } from "../../schema/statement.ts";
import type { Progress } from "./ledger-store.ts";
import { ProgressLog } from "./progress-log.ts";
import { Refusal } from "./refusal.ts";
import type { Runner } from "./runner.ts";
import { nextBatchSize } from "./batch-size.ts";
import { codeOf } from "./session.ts";
import { stopIfAsked } from "./perform.ts";
import { pause } from "./with-lock-retries.ts";

/** Counts of a walk that only reads. */
interface Counts {
  rows: number;
  bad: number;
  second: number;
  readonly keys: string[];
}

/** One pass over a table in key order; a writing one keeps its place in the ledger. */
export async function walkTable(runner: Runner, walk: Walk, facts: Facts, ledger: Ledger): Promise<void> {
  const mapped = mappedTable(runner, walk, facts);
  const estimate = facts.tables[walk.active.mapping.table]?.estimatedRows ?? -1;
  runner.log(`${walk.label}${estimate > 0 ? `: about ${estimate} rows` : ""}`);
  switch (walk.work) {
    case "round-trip":
      return countRoundTrips(runner, walk, mapped, estimate);
    case "verify":
      return verify(runner, walk, mapped, estimate, ledger);
    case "backfill": {
      const kept = facts.ledgerTables.includes(
        archiveTable(walk.migration, walk.active.mapping.table, walk.active.place, "new"),
      );
      const done = await write(runner, walk, mapped, estimate, (range) => backfill(mapped, range, kept));
      runner.figures.rows += done.rows;
      runner.figures.batches += done.batches;
      runner.figures.backfillSeconds += done.seconds;
      return;
    }
    case "archive-old":
      runner.figures.archivedRows += (
        await write(runner, walk, mapped, estimate, (range) => archiveOld(mapped, range))
      ).rows;
      return;
    case "archive-new": {
      const done = await write(runner, walk, mapped, estimate, (range) => archiveNew(mapped, range));
      runner.figures.archivedRows += done.rows;
      return;
    }
  }
}

/** Existing values that do not come back as they were; policy decides whether that stops the expansion. */
async function countRoundTrips(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
): Promise<void> {
  const { mapping } = walk.active;
  const counts = await read(runner, mapped, walk.label, estimate, (range) => countRoundTrip(mapped, range));
  runner.figures.nonRoundTripRows += counts.bad;
  const place = `${mapping.table}.${mapping.old.join(", ")}`;
  if (counts.second > 0) {
    throw new Refusal(
      `Cannot expand as ${mapping.toNew} must give every required column a value: it leaves one NULL for ${counts.second} of ${counts.rows} rows of ${place}, such as those with ${mapping.key.join(", ")} ${counts.keys.join("; ")}. Change the function, or make the column optional; nothing was added`,
      { nonRoundTripRows: counts.bad, missingRows: counts.second },
    );
  }
  if (counts.bad > 0 && mapping.roundTrip === "refuse") {
    throw new Refusal(
      `Cannot expand as every value of ${place} must survive ${mapping.toNew} followed by ${mapping.toOld}: ${counts.bad} of ${counts.rows} rows do not, such as those with ${mapping.key.join(", ")} ${counts.keys.join("; ")}. Change the functions, or accept it with "roundTrip: archive" in migration.yaml; nothing was added`,
      { nonRoundTripRows: counts.bad },
    );
  }
  runner.log(
    counts.bad === 0
      ? `All ${counts.rows} values of ${place} survive there and back`
      : `${counts.bad} of ${counts.rows} values of ${place} do not survive there and back; they stay as they are until contract archives them`,
  );
  await runner.worker.transaction(() => runner.store.recordStep(walk.migration, walk.name, 0));
}

/** Both sides of every row; rows that nobody has filled are filled while the migration is not yet. */
async function verify(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
  ledger: Ledger,
): Promise<void> {
  const { mapping } = walk.active;
  const look = () => read(runner, mapped, walk.label, estimate, (range) => countDisagreeing(mapped, range));
  let counts = await look();
  if (counts.second > 0 && ledger.migrations[walk.migration]?.state === "expanded") {
    runner.log(`${counts.second} rows were moved or written without the trigger meanwhile: filling them`);
    await write(runner, { ...walk, name: `${walk.name}:again` }, mapped, estimate, (range) =>
      backfill(mapped, range, false),
    );
    counts = await look();
  }
  runner.figures.checkedRows += counts.rows;
  if (counts.bad > 0) {
    throw new Refusal(
      `Cannot go on as both forms of every row must agree: ${counts.bad} of ${counts.rows} rows of ${mapping.table} differ, such as those with ${mapping.key.join(", ")} ${counts.keys.join("; ")}. Somebody wrote them past the trigger; set one side right, then repeat the stage`,
      { checkedRows: counts.rows, differingRows: counts.bad, differingKeys: counts.keys },
    );
  }
  runner.log(`Both forms agree in all ${counts.rows} rows of ${mapping.table}`);
}

/** A walk that only counts: larger steps, no place kept. */
async function read(
  runner: Runner,
  mapped: MappedTable,
  label: string,
  estimate: number,
  query: (range: KeyRange) => Query,
): Promise<Counts> {
  const counts: Counts = { rows: 0, bad: 0, second: 0, keys: [] };
  const progress = new ProgressLog(runner.log, label, estimate);
  let size = 2000;
  let after: Key | null = null;
  for (;;) {
    stopIfAsked(runner);
    const begun = performance.now();
    const upTo: Key | null = await keyAt(
      runner,
      nthKey(tableOf(mapped), mapped.key, { after, upTo: null }, size),
    );
    const text = query({ after, upTo });
    const [row] = await runner.worker.rows<{
      rows: number;
      bad: number;
      second: number;
      keys: string[] | null;
    }>(text.sql, text.values);
    counts.rows += row?.rows ?? 0;
    counts.bad += row?.bad ?? 0;
    counts.second += row?.second ?? 0;
    counts.keys.push(...(row?.keys ?? []).slice(0, 5 - counts.keys.length));
    progress.add(row?.rows ?? 0);
    if (upTo === null) return counts;
    after = upTo;
    size = nextBatchSize(size, performance.now() - begun, { target: 100, least: 500, most: 50_000 });
  }
}

/** A walk that writes: each step commits together with its place. */
async function write(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
  query: (range: KeyRange) => Query,
): Promise<Progress> {
  const { worker, store } = runner;
  const table = tableOf(mapped);
  const earlier = walk.resumes ? await store.readProgress(walk.migration, walk.name) : null;
  let done: Progress = earlier ?? {
    cursor: null,
    // Rows after this one are written with the trigger in place, so the walk ends even when inserts are faster.
    until: await keyAt(runner, lastKey(table, mapped.key)),
    rows: 0,
    batches: 0,
    seconds: 0,
  };
  if (earlier !== null) runner.log(`Going on after ${earlier.rows} rows`);
  const log = new ProgressLog(runner.log, walk.label, estimate < 0 ? -1 : estimate - done.rows);
  let size = 500;
  let failures = 0;
  while (done.until !== null) {
    stopIfAsked(runner);
    const begun = performance.now();
    const upTo: Key | null = await keyAt(
      runner,
      nthKey(table, mapped.key, { after: done.cursor, upTo: done.until }, size),
    );
    const text = query({ after: done.cursor, upTo: upTo ?? done.until });
    try {
      done = await worker.transaction(async () => {
        await worker.run(BATCH_SETTINGS);
        const rows = await worker.run(text.sql, text.values);
        const next: Progress = {
          cursor: upTo ?? done.until,
          until: done.until,
          rows: done.rows + rows,
          batches: done.batches + 1,
          seconds: done.seconds + (performance.now() - begun) / 1000,
        };
        await store.recordProgress(walk.migration, walk.name, next);
        return next;
      });
    } catch (error) {
      if (!["55P03", "40P01", "40001"].includes(codeOf(error))) throw error;
      // Somebody holds a row of the range: a smaller step meets fewer, and waits for none of them long.
      runner.figures.lockTimeouts++;
      size = Math.max(10, Math.floor(size / 4));
      await pause(failures++, runner.signal);
      continue;
    }
    failures = 0;
    log.add(size);
    size = nextBatchSize(size, performance.now() - begun, { target: 30, least: 20, most: 10_000 });
    if (upTo === null) break;
  }
  await worker.transaction(() => store.recordStep(walk.migration, walk.name, done.seconds));
  const rate = done.seconds > 0 ? Math.round(done.rows / done.seconds) : done.rows;
  runner.log(`${walk.label}: ${done.rows} rows in ${done.batches} batches, ${rate} rows/s`);
  return done;
}

/**
 * Row locks are waited for less long than deadlock_timeout, so that in a deadlock it is never the application that is the victim. A lost commit would take
 * the cursor along, so there is no need to wait for the disk.
 */
const BATCH_SETTINGS: Sql = sql`SELECT pg_catalog.set_config('lock_timeout', '200', true), pg_catalog.set_config('synchronous_commit', 'off', true), pg_catalog.set_config(${literal(BACKFILL_SETTING)}, 'on', true)`;

async function keyAt(runner: Runner, query: Query): Promise<Key | null> {
  const [row] = await runner.worker.rows<Record<string, string>>(query.sql, query.values);
  return row === undefined ? null : Object.values(row);
}

function tableOf(mapped: MappedTable): Sql {
  return identifier(mapped.schema, mapped.active.mapping.table);
}

function mappedTable(runner: Runner, walk: Walk, facts: Facts): MappedTable {
  const { mapping } = walk.active;
  const typeOf = (name: string): string => {
    const type = facts.tables[mapping.table]?.columns[name]?.type;
    if (type === undefined)
      throw new Refusal(`Cannot walk over ${mapping.table} as it has no column ${name}`);
    return type;
  };
  return {
    schema: runner.settings.schema,
    active: walk.active,
    key: mapping.key.map((name): KeyColumn => ({ name, type: typeOf(name) })),
    oldTypes: mapping.old.map(typeOf),
  };
}
