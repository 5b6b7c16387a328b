import { catchingFunction, FAILED, notesTable } from "../sync/conversion-errors.ts";
import type { KeyRange, Query } from "../sql/key-ranges.ts";
import { aliasOf, atSameKey, call, oldSame, rowsOf, type MappedTable } from "./mapped-rows.ts";
import { counting } from "./mapping-queries.ts";
import { LEDGER_SCHEMA, syncSchema } from "../sql/names.ts";
import { every, identifier, integer, list, some, sql, type Sql } from "../sql/sql.ts";

/**
 * Rows of a range that the new version would miss a value of: those of which toNew makes none, and
 * the new side was not written by hand either (`bad`), and those that have none, though toNew would
 * make one (`second`).
 */
export function countHeld(mapped: MappedTable, range: KeyRange): Query {
  const failed = sql`(SELECT ${identifier("made", FAILED)} FROM ${call(mapped, "toNew", "row")}) IS NOT NULL`;
  const back = sql`(SELECT ${oldSame(mapped)} FROM ${call(mapped, "toOld", "row")}) IS NOT TRUE`;
  const missing = lacksRequired(mapped);
  return counting(
    mapped,
    range,
    rowsOf(mapped, "both", range),
    sql`${failed} AND (${back} OR ${missing})`,
    sql`NOT bad.bad AND ${missing}`,
  );
}

function lacksRequired(mapped: MappedTable): Sql {
  const { kind, mapping } = mapped.active;
  const alias = aliasOf(mapped, "new");
  const missing = some(
    mapping.new.filter(({ required }) => required).map(({ name }) => sql`${identifier(alias, name)} IS NULL`),
  );
  // A row that is not there lacks nothing.
  return kind.mayBeAbsent(mapping, "new") ? every([sql`NOT ${kind.isAbsent(mapping)}`, missing]) : missing;
}

/** Shows a person what is to be dealt with, of a mapping in one table or another. */
export function heldQuery({ schema, active }: MappedTable): Sql {
  const { kind, mapping } = active;
  const [old, fresh] = [mapping.old, mapping.new.map(({ name }) => name)];
  const required = mapping.new.filter(({ required: needed }) => needed).map(({ name }) => name);
  const alias = (side: "old" | "new") => kind.alias(mapping, side);
  const inputs = list(old.map((column) => identifier(alias("old"), column)));
  const shown = list([
    ...mapping.key.map((column) => identifier("t", column)),
    ...old.map((column) => identifier(alias("old"), column)),
    ...fresh.map((column) => identifier(alias("new"), column)),
  ]);
  const lacking = required.map((column) => sql` OR ${identifier(alias("new"), column)} IS NULL`);
  return sql`SELECT ${shown}, f.${identifier(FAILED)} FROM ${kind.shownRows(schema, mapping)}, ${identifier(syncSchema(active.migration), catchingFunction(active))}(${inputs}) AS f WHERE f.${identifier(FAILED)} IS NOT NULL${kind.isInOneRow ? list(lacking, "") : sql``}`;
}

/** Notes of so many rows go at once, so that a write that notes one of them hardly waits. */
const MOST_FORGOTTEN = 1_000;

/** Drops some notes of rows that a person has dealt with, or that are gone. */
export function forgetNotes(mapped: MappedTable): Sql {
  const { key } = mapped.active.mapping;
  const notes = identifier(LEDGER_SCHEMA, notesTable(mapped.active));
  const keys = (alias: string) => list(key.map((column) => identifier(alias, column)));
  const same = atSameKey(mapped, "t", "n");
  const range = { after: null, upTo: null };
  const failing = sql`SELECT FROM ${rowsOf(mapped, "old", range)} CROSS JOIN LATERAL ${call(mapped, "toNew", "row")} WHERE ${same} AND ${identifier("made", FAILED)} IS NOT NULL`;
  return sql`DELETE FROM ${notes} AS d WHERE (${keys("d")}) IN (SELECT ${keys("n")} FROM ${notes} AS n WHERE NOT EXISTS (${failing}) LIMIT ${integer(MOST_FORGOTTEN)} FOR UPDATE OF n SKIP LOCKED)`;
}
