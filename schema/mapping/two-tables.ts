import { newColumns } from "../migration/added-objects.ts";
import { isFilled } from "../sql/alter-table-action.ts";
import { homeOf, type Mapping, type OtherTable } from "../migration/manifest.ts";
import { compare } from "../sql/compare.ts";
import { inRange, keyFields, type KeyRange } from "../sql/key-ranges.ts";
import { moveFunction, shortened } from "../sql/names.ts";
import { every, identifier, list, sql, type Sql } from "../sql/sql.ts";
import { catchingForms } from "../sync/conversion-errors.ts";
import type { MappingKind, Place } from "../sync/mapping-kind.ts";
import {
  createMoveFunctions,
  createMoveTriggers,
  dropMove,
  moveTriggers,
} from "../sync/table-move-triggers.ts";
import { atSameKey, names } from "../rows/mapped-rows.ts";
import { moveObjections } from "./table-move-objections.ts";
import { moveErrors, moveNotes } from "./table-move-rules.ts";

/**
 * One side lives in another table, with at most one row for each row of the mapping's
 * own: the new side, or in the way back the old one. What is written to one table is
 * carried over to the other one.
 */
export const twoTables: MappingKind = {
  isInOneRow: false,
  mayBeAbsent: ({ other }, side) => other?.side === side,

  added: (mapping, migration) => newColumns(migration, homeOf(mapping, "new").table),
  contradictions: moveErrors,
  fileNotes: moveNotes,
  wayBack: (mapping) => {
    const { side, table, key } = otherOf(mapping);
    return { [side === "new" ? "oldTable" : "newTable"]: { name: table, key } };
  },

  alias: (mapping, side) => (otherOf(mapping).side === side ? "o" : "t"),
  rows: (place, mapping, sides, range) => {
    const own = sql`${identifier(place.schema, mapping.table)} AS t`;
    return sides !== "both" && sides !== otherOf(mapping).side
      ? own
      : sql`${own} LEFT JOIN ${otherRow(place, mapping, "t", range)}`;
  },
  shownRows: (schema, mapping) => {
    const other = otherOf(mapping);
    const pairs = mapping.key.map(
      (column, index) => sql`${identifier("o", other.key[index] ?? column)} = ${identifier("t", column)}`,
    );
    return sql`${identifier(schema, mapping.table)} AS t LEFT JOIN ${identifier(schema, other.table)} AS o ON ${every(pairs)}`;
  },
  isAbsent: (mapping) => sql`(${identifier("o", otherOf(mapping).key[0] ?? "")} IS NULL)`,
  fill: ({ place, mapping, range, created, source, isThere, chosen }) => {
    const { condition } = inRange("t", place.key, range);
    const { side, table, key } = otherOf(mapping);
    if (side === "new") {
      const filled = sql`CROSS JOIN LATERAL (${source}) AS filled (${names([...created, isThere])})`;
      return sql`INSERT INTO ${identifier(place.schema, table)} (${names([...key, ...created])}) SELECT ${list([...keyFields("t", place.key), ...created.map((column) => identifier("filled", column))])} FROM ${twoTables.rows(place, mapping, "both", range)} ${filled} WHERE ${condition} AND ${chosen} AND ${identifier("filled", isThere)} ON CONFLICT (${names(key)}) DO NOTHING`;
    }
    // What is set is made of a row that is not the one to set, and may not be there.
    const own = identifier(place.schema, mapping.table);
    const from = sql`(SELECT ${list(place.key.map(({ name }) => identifier("t", name)))} FROM ${own} AS t WHERE ${condition}) AS k LEFT JOIN ${otherRow(place, mapping, "k", range)}`;
    return sql`UPDATE ${own} AS t SET (${names(created)}) = (${source}) FROM ${from} WHERE ${atSameKey(place, "t", "k")} AND ${chosen}`;
  },
  // Whoever writes either side of a row holds this lock when the write ends, so what is read then
  // stays so until it is carried over.
  hold: (place, mapping, range) => {
    const { condition, values } = inRange("t", place.key, range);
    const held = sql`SELECT FROM ${identifier(place.schema, mapping.table)} AS t WHERE ${condition} ORDER BY ${list(keyFields("t", place.key))} FOR NO KEY UPDATE`;
    return { sql: sql`SELECT pg_catalog.count(*) FROM (${held}) AS held`, values };
  },

  keepInStep: (active, _, { schema, tables, writers }) =>
    active.map((one) => {
      const made = createMoveFunctions(schema, one, tables, writers);
      return {
        what: `${one.mapping.table} and ${otherOf(one.mapping).table}`,
        functions: {
          step: `move-functions:${one.place}`,
          sql: [...catchingForms(schema, [one], tables), ...made.map((each) => each.sql)],
          made,
        },
        triggers: {
          step: `move-triggers:${one.place}`,
          sql: createMoveTriggers(schema, one, tables, writers),
          made: moveTriggers(one, tables, writers),
        },
      };
    }),
  letGo: (active, _, { schema }) => ({ sql: active.flatMap((one) => dropMove(schema, one)), kept: [] }),
  functions: (mapping) => {
    const { table } = otherOf(mapping);
    return [moveFunction("own", table), moveFunction("other", table)];
  },
  writtenPast: (mapping) =>
    `past the triggers that keep ${mapping.table} and ${otherOf(mapping).table} in step, or changed those`,

  archivedFrom: (schema, mapping) =>
    sql`${identifier(schema, mapping.table)} AS t CROSS JOIN ${identifier(schema, otherOf(mapping).table)} AS o`,
  archivedKey: (column) => identifier("t", column),
  archived: (mapping, side, column, asText) => {
    const field = identifier(twoTables.alias(mapping, side), column);
    const name = identifier(twoTables.keptName(mapping, side, column));
    return asText ? sql`${field}::text AS ${name}` : sql`${field} AS ${name}`;
  },
  // A column of the other table may be called like one of the own.
  keptName: (mapping, side, column) => {
    const other = otherOf(mapping);
    return other.side === side ? shortened(`${other.table}.${column}`) : column;
  },
  presence: (mapping) => {
    const { side, key } = otherOf(mapping);
    return side === "new" ? key.slice(0, 1) : [];
  },

  // A row of the own table alone means that there is none beside it, or one that defaults make.
  ambiguous: ({ mapping, created }, columnOf) => {
    const { table } = mapping;
    const own =
      otherOf(mapping).side === "old"
        ? created.filter(isFilled).map(({ column }) => column)
        : mapping.old.filter((column) => columnOf(table, column)?.hasDefault ?? false);
    return own.map((column) => `${table}.${column}`);
  },
  objections: (mapping, tables) => moveObjections(mapping, otherOf(mapping), tables),
};

/**
 * Its range is said twice, as PostgreSQL would not conclude it from the own table's, and might read
 * all rows before it.
 */
function otherRow(place: Place, mapping: Mapping, beside: string, range: KeyRange): Sql {
  const other = otherOf(mapping);
  const key = place.key.map((column, index) => ({ ...column, name: other.key[index] ?? "" }));
  const pairs = place.key.map(({ name, comparison }, index) =>
    compare(identifier("o", other.key[index] ?? ""), "=", identifier(beside, name), comparison),
  );
  return sql`${identifier(place.schema, other.table)} AS o ON ${every([...pairs, inRange("o", key, range).condition])}`;
}

/** @throws {Error} where both sides are in one table */
function otherOf({ table, other }: Mapping): OtherTable {
  if (other === undefined) throw new Error(`Cannot look beside ${table} as it is the only table`);
  return other;
}
