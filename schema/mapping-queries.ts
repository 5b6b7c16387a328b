import type { TableFacts } from "./facts.ts";
import { inRange, keyFields, type KeyColumn, type KeyRange, type Query } from "./key-ranges.ts";
import { LEDGER_SCHEMA, archiveTable, counterpartOf, syncSchema } from "./names.ts";
import { dollarQuoted, every, identifier, list, parameter, some, sql, verbatim, type Sql } from "./sql.ts";
import type { ActiveMapping } from "./sync-trigger.ts";

/** Where a mapping lives. */
export interface MappedTable {
  readonly schema: string;
  readonly active: ActiveMapping;
  readonly key: readonly KeyColumn[];
  /** Type of each old column, as the catalog prints it. */
  readonly oldTypes: readonly string[];
}

/**
 * Of the rows of a range: how many there are (`rows`), how many do not survive toNew and toOld (`bad`), how many toNew leaves without a required
 * value or with one that does not fit (`second`), and the keys of the first few of both (`keys`).
 */
export function countRoundTrip(mapped: MappedTable, range: KeyRange): Query {
  const { mapping, created } = mapped.active;
  const missing = mapping.new
    .filter((column) => column.required)
    .map((column) => sql`${identifier("made", column.name)} IS NULL`);
  const unfit = created
    .filter((column) => column.limited)
    .map((column) => {
      const field = identifier("made", column.column);
      return sql`${field} IS DISTINCT FROM CAST(${field} AS ${column.type})`;
    });
  const joined = sql`LEFT JOIN LATERAL ${call(mapped, "toNew", "t")} ON true LEFT JOIN LATERAL ${call(mapped, "toOld", "made")} ON true`;
  return counting(mapped, range, joined, sql`NOT ${oldSame(mapped)}`, some([...missing, ...unfit]));
}

/** A function that tells what the mapping raises for a row's old values; NULL when it raises nothing. For a transaction that is taken back. */
export function createRaisingFunction(mapped: MappedTable): Sql {
  const { mapping, migration } = mapped.active;
  const old = mapping.old.map(
    (_, index) => sql`CAST(${parameter(index + 1)} AS ${verbatim(mapped.oldTypes[index] ?? "text")})`,
  );
  const made = sql`${identifier(syncSchema(migration), mapping.toNew)}(${list(old)}) AS made(${names(newNames(mapped))})`;
  const body = sql`BEGIN PERFORM ${list(mapped.active.created.map((column) => sql`CAST(${identifier("made", column.column)} AS ${column.type})`))}, back FROM ${made} LEFT JOIN LATERAL ${call(mapped, "toOld", "made")} ON true; RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END`;
  return sql`CREATE FUNCTION ${raisingFunction(mapped)}(${list(mapped.oldTypes.map(verbatim))}) RETURNS text LANGUAGE plpgsql AS ${dollarQuoted(body)}`;
}

/** Rows of a range for which the mapping raises, keys of the first few, and what it raises for one of them. */
export function countRaising(mapped: MappedTable, range: KeyRange): Query {
  const { condition, values } = inRange("t", mapped.key, range);
  const fields = list(keyFields("t", mapped.key));
  const old = list(mapped.active.mapping.old.map((column) => identifier("t", column)));
  return {
    sql: sql`SELECT count(*)::int AS rows, (array_agg(concat_ws(', ', ${fields}) ORDER BY ${fields}))[1:5] AS keys, min(raised) AS message FROM ${identifier(mapped.schema, mapped.active.mapping.table)} AS t CROSS JOIN LATERAL ${raisingFunction(mapped)}(${old}) AS raised WHERE ${condition} AND raised IS NOT NULL`,
    values,
  };
}

/**
 * Of the rows of a range: how many there are (`rows`), how many have two sides that disagree (`bad`), and how many of those nobody has filled (`second`). A row
 * agrees when its old side is made of the new one, or the new one of the old: neither alone holds for every honest value.
 */
export function countDisagreeing(mapped: MappedTable, range: KeyRange): Query {
  // The way back first: it is the one that holds for nearly every row, and then the other is not tried.
  const back = sql`(SELECT ${oldSame(mapped)} FROM ${call(mapped, "toOld", "t")})`;
  const there = sql`(SELECT ${newSame(mapped)} FROM ${call(mapped, "toNew", "t")})`;
  const bad = sql`(${back} OR ${there}) IS NOT TRUE`;
  return counting(mapped, range, sql``, bad, sql`bad.bad AND ${untouched(mapped)}`);
}

/**
 * Archives that a backfill may take a row's new side from: what an undo kept of it (`undone`), and what the counterpart kept when it dropped that side
 * (`dropped`): of a migration that was taken back its way back, of a way back its migration.
 */
export type Source = "undone" | "dropped";

/**
 * Fills the new side of a range where nobody has written it yet (of all such rows, or of those only that toNew makes something else of): from an archive where
 * what it keeps still belongs to the old side as it is now, else by toNew.
 */
export function backfill(
  mapped: MappedTable,
  range: KeyRange,
  sources: readonly Source[],
  rows: "all" | "differing",
): Query {
  const { condition, values } = inRange("t", mapped.key, range);
  const created = newNames(mapped);
  const made = sql`SELECT ${list(created.map((column) => identifier("made", column)))} FROM ${call(mapped, "toNew", "t")}`;
  const known = sources.map((source) => (source === "undone" ? undone(mapped) : dropped(mapped)));
  const source = known.length === 0 ? made : sql`${list([...known, sql`(${made})`], " UNION ALL ")} LIMIT 1`;
  const chosen =
    rows === "all" ? untouched(mapped) : sql`${untouched(mapped)} AND ${differsFromMade(mapped)}`;
  return {
    sql: sql`UPDATE ${identifier(mapped.schema, mapped.active.mapping.table)} AS t SET (${names(created)}) = (${source}) WHERE ${condition} AND ${chosen}`,
    values,
  };
}

/** The archive that a source is, with the columns that it must have. */
export function sourceArchive(
  { mapping, migration, place }: ActiveMapping,
  source: Source,
): { readonly table: string; readonly columns: readonly string[] } {
  const created = mapping.new.map((column) => column.name);
  return source === "undone"
    ? {
        table: archiveTable(migration, mapping.table, place, "new"),
        columns: [...mapping.key, ...mapping.old, ...created],
      }
    : {
        table: archiveTable(counterpartOf(migration), mapping.table, place, "old"),
        columns: [...mapping.key, ...created],
      };
}

/** New sides that an undo kept, where the old side is still the one that they belonged to. */
function undone(mapped: MappedTable): Sql {
  const unchanged = mapped.active.mapping.old.map((column, index) => {
    const type = verbatim(mapped.oldTypes[index] ?? "text");
    return sql`CAST(${identifier("kept", column)} AS ${type}) IS NOT DISTINCT FROM ${identifier("t", column)}`;
  });
  return keptSides(mapped, "undone", sql``, every(unchanged));
}

/** New sides as they were when they were dropped, where toOld still makes the old side of them. */
function dropped(mapped: MappedTable): Sql {
  const { mapping, migration } = mapped.active;
  const sides = list(keptValues(mapped));
  const back = sql` CROSS JOIN LATERAL ${identifier(syncSchema(migration), mapping.toOld)}(${sides}) AS back(${names(mapping.old)})`;
  return keptSides(mapped, "dropped", back, oldSame(mapped));
}

function keptSides(mapped: MappedTable, source: Source, joined: Sql, chosen: Sql): Sql {
  const kept = identifier(LEDGER_SCHEMA, sourceArchive(mapped.active, source).table);
  return sql`SELECT ${list(keptValues(mapped))} FROM ${kept} AS kept${joined} WHERE ${sameKey(mapped)} AND ${chosen}`;
}

function keptValues(mapped: MappedTable): readonly Sql[] {
  return mapped.active.created.map(
    (column) => sql`CAST(${identifier("kept", column.column)} AS ${column.type})`,
  );
}

/** Takes columns of a range back from an archive: the version that writes them has not begun yet. */
export function bringBackColumns(mapped: MappedTable, range: KeyRange, archive: string): Query {
  const { condition, values } = inRange("t", mapped.key, range);
  const created = mapped.active.created.map(
    (column) =>
      sql`${identifier(column.column)} = CAST(${identifier("kept", column.column)} AS ${column.type})`,
  );
  return {
    sql: sql`UPDATE ${identifier(mapped.schema, mapped.active.mapping.table)} AS t SET ${list(created)} FROM ${identifier(LEDGER_SCHEMA, archive)} AS kept WHERE ${sameKey(mapped)} AND ${condition}`,
    values,
  };
}

/**
 * The archive of one side: the key, the old columns, and for the new side those too. It outlives types that a migration makes, so values of any but
 * PostgreSQL's own are kept as text.
 */
export function createArchive(
  schema: string,
  active: ActiveMapping,
  side: "old" | "new",
  table: TableFacts | undefined,
): readonly Sql[] {
  const { mapping, migration, place } = active;
  const kept = identifier(LEDGER_SCHEMA, archiveTable(migration, mapping.table, place, side));
  const created = active.created.map((column) => column.column);
  const columns = [...mapping.old, ...(side === "new" ? created : [])];
  const chosen = list([
    ...mapping.key.map((column) => identifier(column)),
    ...columns.map((column) => lasting(column, table)),
  ]);
  return [
    sql`CREATE TABLE ${kept} AS SELECT ${chosen} FROM ${identifier(schema, mapping.table)} WITH NO DATA`,
    sql`ALTER TABLE ${kept} ADD PRIMARY KEY (${names(mapping.key)})`,
  ];
}

/** A column as an archive may keep it for good. */
export function lasting(column: string, table: TableFacts | undefined): Sql {
  const name = identifier(column);
  const isOwn = (table?.columns[column]?.typeSchema ?? "pg_catalog") !== "pg_catalog";
  return isOwn ? sql`${name}::text AS ${name}` : name;
}

/** Keeps (key, old) of every row of a range before contract drops the old side. */
export function archiveOld(mapped: MappedTable, range: KeyRange): Query {
  return archiving(mapped, range, "old", sql`true`);
}

/** Keeps new sides that toNew would not make again, with the old side that they belong to, before an undo drops them. */
export function archiveNew(mapped: MappedTable, range: KeyRange): Query {
  return archiving(mapped, range, "new", differsFromMade(mapped));
}

function archiving(mapped: MappedTable, range: KeyRange, side: "old" | "new", chosen: Sql): Query {
  const { mapping, migration, place } = mapped.active;
  const { condition, values } = inRange("t", mapped.key, range);
  const columns = [...mapping.old, ...(side === "new" ? newNames(mapped) : [])];
  const kept = identifier(LEDGER_SCHEMA, archiveTable(migration, mapping.table, place, side));
  const all = [...mapping.key, ...columns];
  const update = list(
    columns.map((column) => sql`${identifier(column)} = ${identifier("excluded", column)}`),
  );
  return {
    sql: sql`INSERT INTO ${kept} (${names(all)}) SELECT ${list(all.map((column) => identifier("t", column)))} FROM ${identifier(mapped.schema, mapping.table)} AS t WHERE ${condition} AND ${chosen} ON CONFLICT (${names(mapping.key)}) DO UPDATE SET ${update}`,
    values,
  };
}

function counting(mapped: MappedTable, range: KeyRange, joined: Sql, bad: Sql, second: Sql): Query {
  const { condition, values } = inRange("t", mapped.key, range);
  const fields = list(keyFields("t", mapped.key));
  const keys = sql`(array_agg(concat_ws(', ', ${fields}) ORDER BY ${fields}) FILTER (WHERE bad.bad OR second.second))[1:5]`;
  // OFFSET 0 keeps the planner from writing the functions' calls out wherever their outcome is used.
  const from = sql`${identifier(mapped.schema, mapped.active.mapping.table)} AS t ${joined} CROSS JOIN LATERAL (SELECT ${bad} AS bad OFFSET 0) AS bad CROSS JOIN LATERAL (SELECT ${second} AS second OFFSET 0) AS second`;
  return {
    sql: sql`SELECT count(*)::int AS rows, count(*) FILTER (WHERE bad.bad)::int AS bad, count(*) FILTER (WHERE second.second)::int AS second, ${keys} AS keys FROM ${from} WHERE ${condition}`,
    values,
  };
}

/** Whether nobody has written the new side of row `t`. */
function untouched(mapped: MappedTable): Sql {
  return every(
    mapped.active.created.map((column) => {
      const field = identifier("t", column.column);
      return column.constant === null
        ? sql`${field} IS NULL`
        : sql`${field} IS NOT DISTINCT FROM ${column.constant}`;
    }),
  );
}

/** Whether toNew would make another new side of the old one. */
function differsFromMade(mapped: MappedTable): Sql {
  return sql`(SELECT ${newSame(mapped)} FROM ${call(mapped, "toNew", "t")}) IS NOT TRUE`;
}

/** Whether the new side of `t` is what toNew made; what it made counts as its column would keep it. */
function newSame(mapped: MappedTable): Sql {
  return every(
    mapped.active.created.map(
      (column) =>
        sql`${identifier("t", column.column)} IS NOT DISTINCT FROM CAST(${identifier("made", column.column)} AS ${column.type})`,
    ),
  );
}

/** Whether the old side of `t` is what toOld made. */
function oldSame(mapped: MappedTable): Sql {
  return every(
    mapped.active.mapping.old.map((column, index) => {
      const type = verbatim(mapped.oldTypes[index] ?? "text");
      return sql`${identifier("t", column)} IS NOT DISTINCT FROM CAST(${identifier("back", column)} AS ${type})`;
    }),
  );
}

/** A function in FROM, its results under the names of the columns: toNew as `made`, toOld as `back`. */
function call(mapped: MappedTable, direction: "toNew" | "toOld", from: "t" | "made"): Sql {
  const { mapping, migration } = mapped.active;
  const created = newNames(mapped);
  const [inputs, outputs] = direction === "toNew" ? [mapping.old, created] : [created, mapping.old];
  const alias = direction === "toNew" ? sql`made` : sql`back`;
  const source = list(inputs.map((column) => identifier(from, column)));
  return sql`${identifier(syncSchema(migration), mapping[direction])}(${source}) AS ${alias}(${names(outputs)})`;
}

function raisingFunction(mapped: MappedTable): Sql {
  return identifier(syncSchema(mapped.active.migration), `raises_${mapped.active.place}`);
}

function sameKey(mapped: MappedTable): Sql {
  return every(mapped.key.map(({ name }) => sql`${identifier("kept", name)} = ${identifier("t", name)}`));
}

function newNames(mapped: MappedTable): readonly string[] {
  return mapped.active.created.map((column) => column.column);
}

function names(columns: readonly string[]): Sql {
  return list(columns.map((column) => identifier(column)));
}
