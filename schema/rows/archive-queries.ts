import { compare, isSame, POSTGRES } from "../sql/compare.ts";
import type { Facts, TableFacts } from "../state/catalog.ts";
import { inRange, type KeyRange, type Query } from "../sql/key-ranges.ts";
import { columnsOf, homeOf, type Side } from "../migration/manifest.ts";
import {
  aliasOf,
  atSameKey,
  differsFromMade,
  names,
  newNames,
  noneOf,
  oldSame,
  rowsOf,
  type MappedTable,
} from "./mapped-rows.ts";
import { LEDGER_SCHEMA, archiveTable, counterpartOf, syncSchema } from "../sql/names.ts";
import { every, identifier, list, some, sql, verbatim, type Sql } from "../sql/sql.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";

/**
 * Archives that a backfill may take a row's new side from: what an undo kept of it (`undone`), and
 * what the counterpart kept when it dropped that side (`dropped`): of a migration that was taken
 * back its way back, of a way back its migration.
 */
export type Source = "undone" | "dropped";

/** The archive that a source is, with the columns that it must have. */
export function sourceArchive(
  active: ActiveMapping,
  source: Source,
): { readonly table: string; readonly columns: readonly string[] } {
  const { kind, mapping, migration, place } = active;
  return source === "undone"
    ? {
        table: archiveTable(migration, mapping.table, place, "new"),
        columns: [
          ...mapping.key,
          ...keptNames(active, "old"),
          ...keptNames(active, "new"),
          ...kind.presence(mapping).map((column) => kind.keptName(mapping, "new", column)),
        ],
      }
    : {
        table: archiveTable(counterpartOf(migration), mapping.table, place, "old"),
        columns: [...mapping.key, ...keptNames(active, "new")],
      };
}

/**
 * New sides of a row that an archive keeps and that still belong to its old side as it is now; of a
 * side in another table also whether there was a row at all, as the last column: one without any
 * value is not the same as none.
 */
export function keptNewSides(mapped: MappedTable, source: Source): Sql {
  return source === "undone" ? undone(mapped) : dropped(mapped);
}

/** New sides that an undo kept, where the old side is still the one that they belonged to. */
function undone(mapped: MappedTable): Sql {
  const { kind, mapping } = mapped.active;
  const unchanged = mapping.old.map((column, index) => {
    const type = verbatim(mapped.oldTypes[index] ?? "text");
    const kept = identifier("kept", kind.keptName(mapping, "old", column));
    const now = identifier(aliasOf(mapped, "old"), column);
    return isSame(sql`CAST(${kept} AS ${type})`, now, mapped.comparisons.old[index] ?? null);
  });
  const isThere = kind
    .presence(mapping)
    .map((column) => sql`${identifier("kept", kind.keptName(mapping, "new", column))} IS NOT NULL`);
  return keptSides(mapped, "undone", isThere, sql``, every(unchanged));
}

/** New sides as they were when they were dropped, where toOld still makes the old side of them. */
function dropped(mapped: MappedTable): Sql {
  const { kind, mapping, migration } = mapped.active;
  const sides = list(keptValues(mapped));
  const back = sql` CROSS JOIN LATERAL ${identifier(syncSchema(migration), mapping.toOld)}(${sides}) AS back(${names(mapping.old)})`;
  // Only rows that were there have been archived.
  const isThere = kind.presence(mapping).map(() => sql`true`);
  return keptSides(mapped, "dropped", isThere, back, oldSame(mapped));
}

function keptSides(
  mapped: MappedTable,
  source: Source,
  isThere: readonly Sql[],
  joined: Sql,
  chosen: Sql,
): Sql {
  const kept = identifier(LEDGER_SCHEMA, sourceArchive(mapped.active, source).table);
  return sql`SELECT ${list([...keptValues(mapped), ...isThere])} FROM ${kept} AS kept${joined} WHERE ${atSameKey(mapped, "kept", "t")} AND ${chosen}`;
}

function keptValues({ active: { created, kind, mapping } }: MappedTable): readonly Sql[] {
  return created.map(
    ({ column, type }) => sql`CAST(${identifier("kept", kind.keptName(mapping, "new", column))} AS ${type})`,
  );
}

/**
 * Takes columns of a range back from an archive: the version that writes them has not begun yet.
 */
export function bringBackColumns(mapped: MappedTable, range: KeyRange, archive: string): Query {
  const { condition, values } = inRange("t", mapped.key, range);
  const created = mapped.active.created.map(
    (column) =>
      sql`${identifier(column.column)} = CAST(${identifier("kept", column.column)} AS ${column.type})`,
  );
  const sameRow = mapped.key.map(({ name, isOwnType, comparison }) => {
    const [field, kept] = [identifier("t", name), identifier("kept", name)];
    return isOwnType
      ? compare(kept, "=", sql`${field}::text`, POSTGRES)
      : compare(kept, "=", field, comparison);
  });
  return {
    sql: sql`UPDATE ${identifier(mapped.schema, mapped.active.mapping.table)} AS t SET ${list(created)} FROM ${identifier(LEDGER_SCHEMA, archive)} AS kept WHERE ${every(sameRow)} AND ${condition}`,
    values,
  };
}

/**
 * The archive of one side: the key, the old columns, and for the new side those too. It outlives
 * types that a migration makes, so values of any but PostgreSQL's own are kept as text.
 */
export function createArchive(
  schema: string,
  active: ActiveMapping,
  side: Side,
  tables: Facts["tables"],
): readonly Sql[] {
  const { kind, mapping, migration, place } = active;
  const kept = identifier(LEDGER_SCHEMA, archiveTable(migration, mapping.table, place, side));
  const archived = (one: Side, column: string) =>
    kind.archived(mapping, one, column, isOwnType(column, tables[homeOf(mapping, one).table]));
  const chosen = list([
    ...mapping.key.map((column) => kind.archivedKey(column)),
    ...sidesKept(side).flatMap((one) => columnsOf(mapping, one).map((column) => archived(one, column))),
    ...presenceOf(active, side).map((column) => archived(side, column)),
  ]);
  return [
    sql`CREATE TABLE ${kept} AS SELECT ${chosen} FROM ${kind.archivedFrom(schema, mapping)} WITH NO DATA`,
    sql`ALTER TABLE ${kept} ADD PRIMARY KEY (${names(mapping.key)})`,
  ];
}

/** An archive of the new side keeps the old one too, which it belongs to. */
function sidesKept(side: Side): readonly Side[] {
  return side === "new" ? ["old", "new"] : ["old"];
}

/** What an archive of a side keeps besides, where there may have been no row. */
function presenceOf({ kind, mapping }: ActiveMapping, side: Side): readonly string[] {
  return side === "new" ? kind.presence(mapping) : [];
}

/** Under which names an archive keeps the columns of a side. */
export function keptNames({ kind, mapping }: ActiveMapping, side: Side): readonly string[] {
  return columnsOf(mapping, side).map((column) => kind.keptName(mapping, side, column));
}

/** A column as an archive may keep it for good. */
export function lasting(column: string, table: TableFacts | undefined): Sql {
  const name = identifier(column);
  return isOwnType(column, table) ? sql`${name}::text AS ${name}` : name;
}

/** Whether a column's type is none of PostgreSQL's own. */
export function isOwnType(column: string, table: TableFacts | undefined): boolean {
  return (table?.columns[column]?.typeSchema ?? "pg_catalog") !== "pg_catalog";
}

/** Keeps (key, old) of every row of a range that has an old side before contract drops that. */
export function archiveOld(mapped: MappedTable, range: KeyRange): Query {
  const { kind, mapping } = mapped.active;
  const isThere = kind.mayBeAbsent(mapping, "old") ? sql`NOT ${kind.isAbsent(mapping)}` : sql`true`;
  return archiving(mapped, range, "old", isThere);
}

/**
 * Keeps new sides that toNew would not make again, with the old side that they belong to, before an
 * undo drops them: also rows without any value.
 */
export function archiveNew(mapped: MappedTable, range: KeyRange): Query {
  const { kind, mapping } = mapped.active;
  const differs = differsFromMade(mapped);
  const isEmptyRow = kind.mayBeAbsent(mapping, "new")
    ? [every([sql`NOT ${kind.isAbsent(mapping)}`, noneOf(aliasOf(mapped, "new"), newNames(mapped))])]
    : [];
  return archiving(mapped, range, "new", some([...isEmptyRow, differs]));
}

function archiving(mapped: MappedTable, range: KeyRange, side: Side, chosen: Sql): Query {
  const { kind, mapping, migration, place } = mapped.active;
  const { condition, values } = inRange("t", mapped.key, range);
  const sides = sidesKept(side);
  const kept = identifier(LEDGER_SCHEMA, archiveTable(migration, mapping.table, place, side));
  const presence = presenceOf(mapped.active, side);
  const columns = [
    ...sides.flatMap((one) => keptNames(mapped.active, one)),
    ...presence.map((column) => kind.keptName(mapping, side, column)),
  ];
  const fields = [
    ...mapping.key.map((column) => identifier("t", column)),
    ...sides.flatMap((one) =>
      columnsOf(mapping, one).map((column) => identifier(aliasOf(mapped, one), column)),
    ),
    ...presence.map((column) => identifier(aliasOf(mapped, side), column)),
  ];
  const update = list(
    columns.map((column) => sql`${identifier(column)} = ${identifier("excluded", column)}`),
  );
  return {
    sql: sql`INSERT INTO ${kept} (${names([...mapping.key, ...columns])}) SELECT ${list(fields)} FROM ${rowsOf(mapped, "both", range)} WHERE ${condition} AND ${chosen} ON CONFLICT (${names(mapping.key)}) DO UPDATE SET ${update}`,
    values,
  };
}
