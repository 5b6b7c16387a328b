import { compareRows, type Comparison } from "../sql/compare.ts";
import { dollarQuoted, identifier, list, literal, sql, type Sql } from "../sql/sql.ts";

/** Makes the next queries of a transaction read a table by its pages, without any index. */
export const BY_PLACE: Sql = settings({
  enable_indexscan: "off",
  enable_indexonlyscan: "off",
  enable_bitmapscan: "off",
  enable_seqscan: "on",
});

/**
 * Makes the next queries of a transaction read a table by an index that has the order asked for.
 */
export const BY_KEY: Sql = settings({
  enable_indexscan: "on",
  enable_indexonlyscan: "on",
  enable_bitmapscan: "off",
  enable_seqscan: "off",
  enable_sort: "off",
});

function settings(values: Readonly<Record<string, string>>): Sql {
  const set = Object.entries(values).map(
    ([name, value]) => sql`pg_catalog.set_config(${literal(name)}, ${literal(value)}, true)`,
  );
  return sql`SELECT ${list(set)}`;
}

/** How many rows a table has: `rows`. */
export function countAll(table: Sql): Sql {
  return sql`SELECT count(*)::float8 AS rows FROM ${table}`;
}

/**
 * How many rows its key leads to (`rows`), and how many of them do not come after the one before
 * (`misplaced`); `by` compares each column of the key.
 */
export function countInOrder(table: Sql, key: readonly string[], by: readonly Comparison[]): Sql {
  const fields = key.map((name) => identifier("t", name));
  const order = list(fields);
  const before = fields.map((field) => sql`lag(${field}) OVER (ORDER BY ${order})`);
  const isAfter = compareRows(fields, ">", before, by);
  return sql`SELECT count(*)::float8 AS rows, count(*) FILTER (WHERE is_after IS FALSE)::float8 AS misplaced FROM (SELECT ${isAfter} AS is_after FROM ${table} AS t) AS ordered`;
}

/**
 * Raises an error unless an archive has as many rows as the table that it was made of. Both are
 * counted in one snapshot.
 */
export function sameCount(archive: Sql, table: Sql): Sql {
  const message = literal(
    `Cannot archive ${table.text.replaceAll("%", "%%")} as % of its % rows arrived in ${archive.text.replaceAll("%", "%%")}. Nothing was dropped; look for an event trigger or a rule that keeps rows away, then repeat the stage`,
  );
  const body = sql`DECLARE there bigint; kept bigint; BEGIN SELECT count(*) INTO there FROM ${table}; SELECT count(*) INTO kept FROM ${archive}; IF kept <> there THEN RAISE EXCEPTION ${message}, kept, there; END IF; END`;
  return sql`DO ${dollarQuoted(body)}`;
}
