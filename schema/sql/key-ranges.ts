import { compareRows, type Comparison, type Operator } from "./compare.ts";
import { every, identifier, integer, list, literal, parameter, sql, verbatim, type Sql } from "./sql.ts";

/** A column of a table's key. */
export interface KeyColumn {
  readonly name: string;
  /** As the catalog prints it. */
  readonly type: string;
  readonly comparison: Comparison;
  /**
   * Whether its type is none of PostgreSQL's own, so that an archive of plain columns
   * keeps it as text.
   */
  readonly isOwnType: boolean;
}

/** A key as text, one entry a column; any type survives that way. */
export type Key = readonly string[];

/** A statement with numbered parameters. */
export interface Query {
  readonly sql: Sql;
  readonly values: readonly string[];
}

/**
 * Rows after `after` (exclusive; null = from the start) up to `upTo` (inclusive; null =
 * to the end).
 */
export interface KeyRange {
  readonly after: Key | null;
  readonly upTo: Key | null;
}

/** How a value stands in a statement: as the parameter of its place, or as itself. */
type Bind = (place: number, value: string) => Sql;

/** The condition of a range over columns of `alias`; its parameters start at `first`. */
export function inRange(
  alias: string,
  key: readonly KeyColumn[],
  range: KeyRange,
  first = 1,
  bind: Bind = parameter,
): { readonly condition: Sql; readonly values: readonly string[] } {
  const conditions: Sql[] = [];
  const values: string[] = [];
  const compare = (operator: Operator, bound: Key): void => {
    const places = key.map(
      (column, index) =>
        sql`CAST(${bind(first + values.length + index, bound[index] ?? "")}::text AS ${verbatim(column.type)})`,
    );
    const by = key.map(({ comparison }) => comparison);
    conditions.push(compareRows(keyFields(alias, key), operator, places, by));
    values.push(...bound);
  };
  if (range.after) compare(">", range.after);
  if (range.upTo) compare("<=", range.upTo);
  return { condition: every(conditions), values };
}

/** The last key of the table: one row of texts, or none. */
export function lastKey(table: Sql, key: readonly KeyColumn[]): Query {
  return {
    sql: sql`SELECT ${keyTexts("t", key)} FROM ${table} AS t ORDER BY ${order("t", key, sql` DESC`)} LIMIT 1`,
    values: [],
  };
}

/** The key of the nth row of a range: one row of texts, or none when the range has fewer. */
export function nthKey(table: Sql, key: readonly KeyColumn[], range: KeyRange, rows: number): Query {
  const { condition, values } = inRange("t", key, range);
  return {
    sql: sql`SELECT ${keyTexts("t", key)} FROM ${table} AS t WHERE ${condition} ORDER BY ${order("t", key, sql``)} LIMIT 1 OFFSET ${parameter(values.length + 1)}`,
    values: [...values, String(rows - 1)],
  };
}

/** As `nthKey`, but one text without parameters, as a message of several statements needs it. */
export function nthKeyText(table: Sql, key: readonly KeyColumn[], range: KeyRange, rows: number): Sql {
  const { condition } = inRange("t", key, range, 1, (_, value) => literal(value));
  return sql`SELECT ${keyTexts("t", key)} FROM ${table} AS t WHERE ${condition} ORDER BY ${order("t", key, sql``)} LIMIT 1 OFFSET ${integer(rows - 1)}`;
}

/**
 * Keys that part a range into about equal parts, by a sample of so many percent of the table: a row
 * of texts each, in order; one fewer than there are parts, or none.
 */
export function partingKeys(
  table: Sql,
  key: readonly KeyColumn[],
  upTo: Key,
  parts: number,
  percent: number,
): Query {
  const { condition, values } = inRange("t", key, { after: null, upTo });
  const ordered = order("t", key, sql``);
  const texts = list(key.map(({ name }) => identifier(name)));
  const chosen = sql`EXISTS (SELECT FROM pg_catalog.generate_series(1, ${integer(parts - 1)}) AS part WHERE zd_place OPERATOR(pg_catalog.=) ((zd_total OPERATOR(pg_catalog.*) part) OPERATOR(pg_catalog./) ${integer(parts)}))`;
  return {
    sql: sql`SELECT ${texts} FROM (SELECT ${keyTexts("t", key)}, pg_catalog.row_number() OVER (ORDER BY ${ordered}) AS zd_place, pg_catalog.count(*) OVER () AS zd_total FROM ${table} AS t TABLESAMPLE SYSTEM (${verbatim(String(percent))}) WHERE ${condition}) AS sampled WHERE zd_place OPERATOR(pg_catalog.<) zd_total AND ${chosen} ORDER BY zd_place`,
    values,
  };
}

/** The key columns as text, under their own names. */
export function keyTexts(alias: string, key: readonly KeyColumn[]): Sql {
  return list(
    key.map((column) => sql`${identifier(alias, column.name)}::text AS ${identifier(column.name)}`),
  );
}

export function keyFields(alias: string, key: readonly KeyColumn[]): readonly Sql[] {
  return key.map((column) => identifier(alias, column.name));
}

function order(alias: string, key: readonly KeyColumn[], direction: Sql): Sql {
  return list(keyFields(alias, key).map((field) => sql`${field}${direction}`));
}
