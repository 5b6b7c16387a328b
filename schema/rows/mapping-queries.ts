import { inRange, keyFields, type KeyRange, type Query } from "../sql/key-ranges.ts";
import { keptNewSides, type Source } from "./archive-queries.ts";
import {
  aliasOf,
  call,
  differsFromMade,
  names,
  newNames,
  newSame,
  newTypes,
  noneOf,
  oldSame,
  oldTypes,
  rowsOf,
  untouched,
  type MappedTable,
} from "./mapped-rows.ts";
import { LEDGER_SCHEMA, syncSchema } from "../sql/names.ts";
import {
  dollarQuoted,
  every,
  identifier,
  list,
  parameter,
  some,
  sql,
  verbatim,
  type Sql,
} from "../sql/sql.ts";
import { fits, stored } from "../sql/stored-type.ts";

/**
 * Of the rows of a range: how many there are (`rows`), how many do not survive toNew and toOld
 * (`bad`), how many toNew leaves without a required value or with one that does not fit (`second`),
 * and the keys of the first few of both (`keys`).
 */
export function countRoundTrip(mapped: MappedTable, range: KeyRange): Query {
  const { kind, mapping } = mapped.active;
  const missing = mapping.new
    .filter((column) => column.required)
    .map((column) => sql`${identifier("made", column.name)} IS NULL`)
    // Where there is no value at all, there is no row that would require one.
    .map((isNull) =>
      kind.mayBeAbsent(mapping, "new")
        ? every([isNull, sql`NOT (${noneOf("made", newNames(mapped))})`])
        : isNull,
    );
  const unfit = newTypes(mapped)
    .filter(({ uncut }) => uncut !== null)
    .map(({ name, ...type }) => sql`NOT (${fits(identifier("made", name), type)})`);
  const joined = sql`LEFT JOIN LATERAL ${call(mapped, "toNew", "row")} ON true LEFT JOIN LATERAL ${call(mapped, "toOld", "made")} ON true`;
  return counting(
    mapped,
    range,
    sql`${rowsOf(mapped, "old", range)} ${joined}`,
    sql`NOT ${oldSame(mapped)}`,
    some([...missing, ...unfit]),
  );
}

/**
 * A function that tells what the mapping raises for a row's old values; NULL when it raises
 * nothing. For a transaction that is taken back.
 */
export function createRaisingFunction(mapped: MappedTable): Sql {
  const { mapping, migration } = mapped.active;
  const old = mapping.old.map(
    (_, index) => sql`CAST(${parameter(index + 1)} AS ${verbatim(mapped.oldTypes[index] ?? "text")})`,
  );
  const made = sql`${identifier(syncSchema(migration), mapping.toNew)}(${list(old)}) AS made(${names(newNames(mapped))})`;
  const kept = [
    ...newTypes(mapped).map(({ name, ...type }) => stored(identifier("made", name), type)),
    ...oldTypes(mapped).map(({ name, ...type }) => stored(identifier("back", name), type)),
  ];
  const body = sql`BEGIN PERFORM ${list(kept)} FROM ${made} LEFT JOIN LATERAL ${call(mapped, "toOld", "made")} ON true; RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END`;
  return sql`CREATE FUNCTION ${raisingFunction(mapped)}(${list(mapped.oldTypes.map(verbatim))}) RETURNS text LANGUAGE plpgsql AS ${dollarQuoted(body)}`;
}

/**
 * Rows of a range for which the mapping raises, keys of the first few, and what it raises for one
 * of them.
 */
export function countRaising(mapped: MappedTable, range: KeyRange): Query {
  const { condition, values } = inRange("t", mapped.key, range);
  const fields = list(keyFields("t", mapped.key));
  const old = list(mapped.active.mapping.old.map((column) => identifier(aliasOf(mapped, "old"), column)));
  return {
    sql: sql`SELECT pg_catalog.count(*)::int AS rows, (pg_catalog.array_agg(pg_catalog.concat_ws(', ', ${fields}) ORDER BY ${fields}))[1:5] AS keys, pg_catalog.min(raised) AS message FROM ${rowsOf(mapped, "old", range)} CROSS JOIN LATERAL ${raisingFunction(mapped)}(${old}) AS raised WHERE ${condition} AND raised IS NOT NULL`,
    values,
  };
}

/**
 * Of the rows of a range: how many there are (`rows`), how many have two sides that disagree
 * (`bad`), and how many of those nobody has filled (`second`). A row agrees when its old side is
 * made of the new one, or the new one of the old: neither alone holds for every honest value.
 */
export function countDisagreeing(mapped: MappedTable, range: KeyRange): Query {
  // The way back first: it is the one that holds for nearly every row, and then the other
  // is not tried.
  const back = sql`(SELECT ${oldSame(mapped)} FROM ${call(mapped, "toOld", "row")})`;
  const there = sql`(SELECT ${newSame(mapped)} FROM ${call(mapped, "toNew", "row")})`;
  const bad = sql`(${back} OR ${there}) IS NOT TRUE`;
  return counting(
    mapped,
    range,
    sql`${rowsOf(mapped, "both", range)} `,
    bad,
    sql`bad.bad AND ${untouched(mapped)}`,
  );
}

/**
 * Fills the new side of a range where nobody has written it yet (of all such rows, or of those only
 * that toNew makes something else of): from an archive where what it keeps still belongs to the old
 * side as it is now, else by toNew.
 */
export function backfill(
  mapped: MappedTable,
  range: KeyRange,
  sources: readonly Source[],
  rows: "all" | "differing",
): Query {
  const created = newNames(mapped);
  const { kind, mapping } = mapped.active;
  // A row is made where there is any value, and made again where there was one.
  const isThere = kind.mayBeAbsent(mapping, "new") ? [sql`NOT (${noneOf("made", created)})`] : [];
  const made = sql`SELECT ${list([...created.map((column) => identifier("made", column)), ...isThere])} FROM ${call(mapped, "toNew", "row")}`;
  const known = sources.map((source) => keptNewSides(mapped, source));
  const source = known.length === 0 ? made : sql`${list([...known, sql`(${made})`], " UNION ALL ")} LIMIT 1`;
  const chosen =
    rows === "all" ? untouched(mapped) : sql`${untouched(mapped)} AND ${differsFromMade(mapped)}`;
  return {
    sql: kind.fill({ place: mapped, mapping, range, created, source, isThere: IS_THERE, chosen }),
    values: inRange("t", mapped.key, range).values,
  };
}

/**
 * Locks the rows of a range in the mapping's own table before the two sides are read; null: both
 * are in the row that the backfill writes.
 */
export function holdRows(mapped: MappedTable, range: KeyRange): Query | null {
  const { kind, mapping } = mapped.active;
  return kind.hold(mapped, mapping, range);
}

/** No column of an application is called like this. */
const IS_THERE = `${LEDGER_SCHEMA}_is_there`;

/**
 * Rows of a range, those of them that are `bad` or `second`, and the keys of the first few of both.
 */
export function counting(mapped: MappedTable, range: KeyRange, rows: Sql, bad: Sql, second: Sql): Query {
  const { condition, values } = inRange("t", mapped.key, range);
  const fields = list(keyFields("t", mapped.key));
  const keys = sql`(pg_catalog.array_agg(pg_catalog.concat_ws(', ', ${fields}) ORDER BY ${fields}) FILTER (WHERE bad.bad OR second.second))[1:5]`;
  // OFFSET 0 keeps the planner from writing the functions' calls out wherever their
  // outcome is used.
  const from = sql`${rows} CROSS JOIN LATERAL (SELECT ${bad} AS bad OFFSET 0) AS bad CROSS JOIN LATERAL (SELECT ${second} AS second OFFSET 0) AS second`;
  return {
    sql: sql`SELECT pg_catalog.count(*)::int AS rows, pg_catalog.count(*) FILTER (WHERE bad.bad)::int AS bad, pg_catalog.count(*) FILTER (WHERE second.second)::int AS second, ${keys} AS keys FROM ${from} WHERE ${condition}`,
    values,
  };
}

function raisingFunction(mapped: MappedTable): Sql {
  return identifier(syncSchema(mapped.active.migration), `raises_${mapped.active.place}`);
}
