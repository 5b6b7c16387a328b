import { inRange, keyFields, type KeyColumn, type KeyRange, type Query } from "./key-ranges.ts";
import { LEDGER_SCHEMA, archiveTable, syncSchema } from "./names.ts";
import { every, identifier, list, sql, type Sql } from "./sql.ts";
import type { ActiveMapping } from "./sync-trigger.ts";

/** Where a mapping lives. */
export interface MappedTable {
  readonly schema: string;
  readonly active: ActiveMapping;
  readonly key: readonly KeyColumn[];
}

/** Rows of a range that do not survive toNew and toOld, and those that leave a required column NULL. One row: rows, lost, missing, keys. */
export function countRoundTrip(mapped: MappedTable, range: KeyRange): Query {
  const { mapping } = mapped.active;
  const lost = sql`NOT ${same("t", mapping.old, "back", mapping.old)}`;
  const missing = mapping.new
    .filter((column) => column.required)
    .map((column) => sql`${identifier("made", column.name)} IS NULL`);
  const missed = missing.length === 0 ? sql`false` : sql`(${list(missing, " OR ")})`;
  const joined = sql`CROSS JOIN LATERAL ${call(mapped, "toNew", "t")} CROSS JOIN LATERAL ${call(mapped, "toOld", "made", "back")}`;
  return counting(mapped, range, joined, lost, missed);
}

/** Rows of a range whose two sides disagree: neither is the new side made of the old, nor the old side made of the new; second, those never filled. */
export function countDisagreeing(mapped: MappedTable, range: KeyRange): Query {
  const { mapping } = mapped.active;
  const created = mapping.new.map((column) => column.name);
  const joined = sql`CROSS JOIN LATERAL ${call(mapped, "toNew", "t", "made")} CROSS JOIN LATERAL ${call(mapped, "toOld", "t", "back")}`;
  const agrees = sql`(${same("t", created, "made", created)} OR ${same("t", mapping.old, "back", mapping.old)})`;
  return counting(
    mapped,
    range,
    joined,
    sql`NOT ${agrees}`,
    sql`NOT ${agrees} AND ${untouched(mapped, "t")}`,
  );
}

/**
 * Fills the new side of a range where nobody has written it yet, from the archive of an earlier undo where the old value is still the same, else by
 * toNew.
 */
export function backfill(mapped: MappedTable, range: KeyRange, archived: boolean): Query {
  const { mapping, migration, place } = mapped.active;
  const { condition, values } = inRange("t", mapped.key, range);
  const created = mapping.new.map((column) => column.name);
  const table = identifier(mapped.schema, mapping.table);
  const archive = identifier(LEDGER_SCHEMA, archiveTable(migration, mapping.table, place, "new"));
  const first = mapped.key[0];
  const found = first === undefined ? sql`false` : sql`${identifier("kept", first.name)} IS NOT NULL`;
  const source = archived
    ? sql`SELECT ${list(created.map((column) => sql`CASE WHEN ${found} THEN ${identifier("kept", column)} ELSE ${identifier("made", column)} END`))} FROM ${call(mapped, "toNew", "t", "made")} LEFT JOIN ${archive} AS kept ON ${every([...keyFields("kept", mapped.key).map((field, index) => sql`${field} = ${keyFields("t", mapped.key)[index] ?? field}`), same("kept", mapping.old, "t", mapping.old)])}`
    : sql`SELECT ${list(created.map((column) => identifier("made", column)))} FROM ${call(mapped, "toNew", "t", "made")}`;
  return {
    sql: sql`UPDATE ${table} AS t SET (${names(created)}) = (${source}) WHERE ${condition} AND ${untouched(mapped, "t")}`,
    values,
  };
}

/** The archive of one side: the key, the old columns, and for the new side those too. */
export function createArchive(schema: string, active: ActiveMapping, side: "old" | "new"): readonly Sql[] {
  const { mapping, migration, place } = active;
  const kept = identifier(LEDGER_SCHEMA, archiveTable(migration, mapping.table, place, side));
  const columns = [
    ...mapping.key,
    ...mapping.old,
    ...(side === "new" ? mapping.new.map((column) => column.name) : []),
  ];
  return [
    sql`CREATE TABLE ${kept} AS SELECT ${names(columns)} FROM ${identifier(schema, mapping.table)} WITH NO DATA`,
    sql`ALTER TABLE ${kept} ADD PRIMARY KEY (${names(mapping.key)})`,
  ];
}

/** Keeps (key, old) of every row of a range before contract drops the old side. */
export function archiveOld(mapped: MappedTable, range: KeyRange): Query {
  return archiving(mapped, range, "old", sql``, sql`true`);
}

/** Keeps new sides that toNew would not make again, with the old side that they belong to, before an undo drops them. */
export function archiveNew(mapped: MappedTable, range: KeyRange): Query {
  const created = mapped.active.mapping.new.map((column) => column.name);
  const joined = sql` CROSS JOIN LATERAL ${call(mapped, "toNew", "t", "made")}`;
  return archiving(
    mapped,
    range,
    "new",
    joined,
    sql`NOT ${same("t", created, "made", created)} AND NOT ${untouched(mapped, "t")}`,
  );
}

function archiving(
  mapped: MappedTable,
  range: KeyRange,
  side: "old" | "new",
  joined: Sql,
  chosen: Sql,
): Query {
  const { mapping, migration, place } = mapped.active;
  const { condition, values } = inRange("t", mapped.key, range);
  const keyNames = mapped.key.map((column) => column.name);
  const columns = [...mapping.old, ...(side === "new" ? mapping.new.map((column) => column.name) : [])];
  const kept = identifier(LEDGER_SCHEMA, archiveTable(migration, mapping.table, place, side));
  const all = [...keyNames, ...columns];
  return {
    sql: sql`INSERT INTO ${kept} (${names(all)}) SELECT ${list(all.map((column) => identifier("t", column)))} FROM ${identifier(mapped.schema, mapping.table)} AS t${joined} WHERE ${condition} AND ${chosen} ON CONFLICT (${names(keyNames)}) DO UPDATE SET ${list(columns.map((column) => sql`${identifier(column)} = ${identifier("excluded", column)}`))}`,
    values,
  };
}

/** One row: how many rows, how many of them `bad`, how many of those `worse`, and keys of the first few bad ones. */
function counting(mapped: MappedTable, range: KeyRange, joined: Sql, bad: Sql, second: Sql): Query {
  const { condition, values } = inRange("t", mapped.key, range);
  const key = sql`(array_agg(concat_ws(', ', ${list(keyFields("t", mapped.key))}) ORDER BY ${list(keyFields("t", mapped.key))}) FILTER (WHERE bad.bad OR bad.second))[1:5]`;
  return {
    sql: sql`SELECT count(*)::int AS rows, count(*) FILTER (WHERE bad.bad)::int AS bad, count(*) FILTER (WHERE bad.second)::int AS second, ${key} AS keys FROM ${identifier(mapped.schema, mapped.active.mapping.table)} AS t ${joined} CROSS JOIN LATERAL (SELECT ${bad} AS bad, ${second} AS second) AS bad WHERE ${condition}`,
    values,
  };
}

function untouched(mapped: MappedTable, alias: string): Sql {
  const { mapping, newDefaults } = mapped.active;
  return every(
    mapping.new.map((column, index) => {
      const fallback = newDefaults[index] ?? sql`NULL`;
      const field = identifier(alias, column.name);
      return fallback.text === "NULL"
        ? sql`${field} IS NULL`
        : sql`${field} IS NOT DISTINCT FROM ${fallback}`;
    }),
  );
}

/** A function in FROM, its results under the names of the columns. */
function call(mapped: MappedTable, direction: "toNew" | "toOld", from: string, alias = "made"): Sql {
  const { mapping, migration } = mapped.active;
  const created = mapping.new.map((column) => column.name);
  const [inputs, outputs] = direction === "toNew" ? [mapping.old, created] : [created, mapping.old];
  const source = list(inputs.map((column) => identifier(from, column)));
  return sql`${identifier(syncSchema(migration), mapping[direction])}(${source}) AS ${identifier(alias)}(${names(outputs)})`;
}

function same(
  left: string,
  leftColumns: readonly string[],
  right: string,
  rightColumns: readonly string[],
): Sql {
  return sql`(${every(leftColumns.map((column, index) => sql`${identifier(left, column)} IS NOT DISTINCT FROM ${identifier(right, rightColumns[index] ?? column)}`))})`;
}

function names(columns: readonly string[]): Sql {
  return list(columns.map((column) => identifier(column)));
}
