import { POSTGRES, schemasToSearch, type Comparison } from "../../../schema/sql/compare.ts";
import type { Facts, Ledger } from "../../../schema/state/catalog.ts";
import type { KeyColumn } from "../../../schema/sql/key-ranges.ts";
import { columnsOf, homeOf, type Side } from "../../../schema/migration/manifest.ts";
import {
  archiveNew,
  archiveOld,
  bringBackColumns,
  isOwnType,
  sourceArchive,
  type Source,
} from "../../../schema/rows/archive-queries.ts";
import type { MappedTable } from "../../../schema/rows/mapped-rows.ts";
import { backfill, countDisagreeing, holdRows } from "../../../schema/rows/mapping-queries.ts";
import { catchingFunction } from "../../../schema/sync/conversion-errors.ts";
import { archiveTable, LEDGER_SCHEMA, syncSchema } from "../../../schema/sql/names.ts";
import { identifier, sql } from "../../../schema/sql/sql.ts";
import { qualified } from "../../../schema/sql/stored-type.ts";
import type { NamedType } from "../../../schema/migration/added-objects.ts";
import type { Walk } from "../../../schema/plan/change.ts";
import type { ActiveMapping } from "../../../schema/sync/mapping-kind.ts";
import { countRows } from "./count-rows.ts";
import type { Progress } from "../ledger/walk-progress.ts";
import { proveArchive } from "../contract/prove-archive.ts";
import { proveKeys } from "./prove-keys.ts";
import { Refusal } from "../refusal.ts";
import { refuseHeld } from "../checks/refuse-held.ts";
import { refuseLosses } from "../checks/refuse-losses.ts";
import type { Runner } from "../runner.ts";
import { writeRows } from "./write-rows.ts";

/** One pass over a table in key order, for the walk's kind of work. */
export async function walkTable(runner: Runner, walk: Walk, facts: Facts, ledger: Ledger): Promise<void> {
  const mapped = mappedTable(runner, walk, facts);
  const table = facts.tables[walk.active.mapping.table];
  const estimate = table?.estimatedRows ?? -1;
  runner.log(`${walk.label}${estimate > 0 ? `: about ${estimate} rows` : ""}`);
  const schemas = schemasToSearch(mapped.key.map(({ comparison }) => comparison));
  await runner.worker.whileSearchingIn(schemas, () => work(runner, walk, mapped, estimate, facts, ledger));
}

async function work(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
  facts: Facts,
  ledger: Ledger,
): Promise<void> {
  const { figures } = runner;
  const sources = sourcesOf(walk, facts);
  switch (walk.work) {
    case "round-trip":
      return refuseLosses(runner, walk, mapped, facts);
    case "verify":
      await proveKeys(runner, walk.active, facts);
      return verify(runner, walk, mapped, estimate, sources, ledger);
    case "backfill": {
      const done = await fill(runner, walk, mapped, estimate, sources, "all");
      figures.rows += done.rows;
      figures.batches += done.batches;
      figures.backfillSeconds += done.seconds;
      return;
    }
    case "bring-back": {
      const { archive = "" } = walk;
      await writeRows(runner, walk, mapped, estimate, (range) => bringBackColumns(mapped, range, archive));
      return;
    }
    case "archive-old":
      figures.archivedRows += (
        await writeRows(runner, walk, mapped, estimate, (range) => archiveOld(mapped, range))
      ).rows;
      return;
    case "prove-archive":
      figures.archivedRows += await proveArchive(runner, walk, mapped);
      return;
    case "archive-new":
      await proveKeys(runner, walk.active, facts);
      figures.archivedRows += await keepNew(runner, walk, mapped, estimate);
      return;
  }
}

/**
 * Existing archives; one of an earlier form of the migration, with other columns, does not count.
 */
function sourcesOf({ active }: Walk, facts: Facts): readonly Source[] {
  return (["undone", "dropped"] as const).filter((source) => {
    const { table, columns } = sourceArchive(active, source);
    const found = facts.ledgerTables[table];
    return found !== undefined && columns.every((column) => found.includes(column));
  });
}

/** Fills all rows, or those whose sides differ. */
function fill(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
  sources: readonly Source[],
  which: "all" | "differing",
): Promise<Progress> {
  return writeRows(
    runner,
    walk,
    mapped,
    estimate,
    (range) => backfill(mapped, range, sources, which),
    (range) => holdRows(mapped, range),
  );
}

/** A row that always escapes is no accident. */
const MOST_REPAIRS = 5;

/** Compares both sides of every row; until the migration is filled, unfilled rows are filled. */
async function verify(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
  sources: readonly Source[],
  ledger: Ledger,
): Promise<void> {
  const { kind, mapping } = walk.active;
  const isFilling = ledger.migrations[walk.migration]?.state === "expanded";
  const look = () =>
    countRows(runner, mapped, walk.label, estimate, (range) => countDisagreeing(mapped, range));
  let counts = await look();
  for (let repair = 0; isFilling && counts.second > 0 && repair < MOST_REPAIRS; repair++) {
    runner.log(
      `${counts.second} rows got another key or were written past the trigger meanwhile: filling them`,
    );
    const again = { ...walk, name: `${walk.name}:again` };
    const done = await fill(runner, again, mapped, estimate, sources, "differing");
    runner.figures.rows += done.rows;
    counts = await look();
  }
  runner.figures.checkedRows += counts.rows;
  // Of these a person has to know why they differ.
  await refuseHeld(runner, walk, mapped, estimate);
  if (counts.bad > 0) {
    throw new Refusal(
      `Cannot go on as both forms of every row must agree: ${counts.bad} of ${counts.rows} rows of ${mapping.table} differ, such as those with ${mapping.key.join(", ")} ${counts.keys.join("; ")}. Somebody wrote them ${kind.writtenPast(mapping)}; set one side right, then repeat the stage`,
      { checkedRows: counts.rows, differingRows: counts.bad, differingKeys: counts.keys },
    );
  }
  runner.log(`Both forms agree in all ${counts.rows} rows of ${mapping.table}`);
}

/** An archive that stayed empty is dropped again. */
async function keepNew(runner: Runner, walk: Walk, mapped: MappedTable, estimate: number): Promise<number> {
  const { rows } = await writeRows(runner, walk, mapped, estimate, (range) => archiveNew(mapped, range));
  const { migration, active } = walk;
  const archive = identifier(
    LEDGER_SCHEMA,
    archiveTable(migration, active.mapping.table, active.place, "new"),
  );
  if (rows === 0) await runner.worker.run(sql`DROP TABLE ${archive}`);
  return rows;
}

function mappedTable(runner: Runner, walk: Walk, facts: Facts): MappedTable {
  const { mapping } = walk.active;
  const typeIn =
    (table: string) =>
    (name: string): string => {
      const type = facts.tables[table]?.columns[name]?.type;
      if (type === undefined) throw new Refusal(`Cannot walk over ${table} as it has no column ${name}`);
      return type;
    };
  const { schema } = runner.settings;
  const inSchema = <T extends NamedType>(one: T): T => ({
    ...one,
    type: qualified(one.type, schema, facts.ownTypes),
  });
  const { created, held = [] } = walk.active;
  return {
    schema,
    active: { ...walk.active, created: created.map(inSchema), held: held.map(inSchema) },
    key: mapping.key.map((name): KeyColumn => ({
      name,
      type: typeIn(mapping.table)(name),
      comparison: facts.tables[mapping.table]?.columns[name]?.comparison ?? POSTGRES,
      isOwnType: isOwnType(name, facts.tables[mapping.table]),
    })),
    oldTypes: mapping.old.map(typeIn(homeOf(mapping, "old").table)),
    comparisons: {
      old: comparisonsOf(walk.active, "old", facts),
      new: comparisonsOf(walk.active, "new", facts),
    },
    limitedDomains: facts.limitedDomains,
    catches: facts.functions[`${syncSchema(walk.migration)}.${catchingFunction(walk.active)}`] !== undefined,
  };
}

function comparisonsOf({ mapping }: ActiveMapping, side: Side, facts: Facts): readonly (Comparison | null)[] {
  const columns = facts.tables[homeOf(mapping, side).table]?.columns ?? {};
  return columnsOf(mapping, side).map((name) => columns[name]?.comparison ?? null);
}
