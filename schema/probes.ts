import type { TableFacts } from "./facts.ts";
import { syncSchema } from "./names.ts";
import { every, identifier, list, some, sql, verbatim, type Sql } from "./sql.ts";
import type { ActiveMapping } from "./sync-trigger.ts";

/** Values that a version may write whatever the table holds now, and what must not become of them. */
export interface Probe {
  /** At most one row: `given`, the values as text, for which the rule is broken. */
  readonly sql: Sql;
  /** Who calls the function on whose behalf, for the refusal. */
  readonly version: "old" | "new";
  readonly function: string;
  /** Columns of which one would be NULL. */
  readonly columns: readonly string[];
}

const MOST_COMBINATIONS = 64;

/**
 * NULL where a column allows it, and the empty text: neither may become NULL in a column of the other side that requires a value, as that would
 * refuse what a version may legally write.
 */
export function probes(active: ActiveMapping, table: TableFacts): readonly Probe[] {
  const { mapping, created } = active;
  const schema = syncSchema(active.migration);
  const required = mapping.new.filter((column) => column.required).map((column) => column.name);
  const bound = mapping.old.filter((column) => table.columns[column]?.notNull ?? false);
  const written = mapping.old.map((name) => {
    const column = table.columns[name];
    const type = verbatim(column?.type ?? "text");
    return [
      ...(column?.notNull ? [] : [sql`CAST(NULL AS ${type})`]),
      ...(column?.isText ? [sql`CAST('' AS ${type})`] : []),
    ];
  });
  const offered = created.map((column) => {
    const isText = column.typeName === "text" || column.typeName === "varchar";
    return [
      ...(required.includes(column.column) ? [] : [sql`CAST(NULL AS ${column.type})`]),
      ...(isText ? [sql`CAST('' AS ${column.type})`] : []),
    ];
  });
  const createdNames = created.map((column) => column.column);
  return [
    ...probe("old", schema, mapping.toNew, mapping.old, written, createdNames, required),
    ...probe("new", schema, mapping.toOld, createdNames, offered, mapping.old, bound),
  ];
}

function probe(
  version: Probe["version"],
  schema: string,
  name: string,
  inputs: readonly string[],
  candidates: readonly (readonly Sql[])[],
  outputs: readonly string[],
  needed: readonly string[],
): readonly Probe[] {
  const combinations = candidates.reduce<readonly (readonly Sql[])[]>(
    (rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
  if (needed.length === 0 || combinations.length === 0 || combinations.length > MOST_COMBINATIONS) return [];
  const fields = inputs.map((column) => identifier("given", column));
  const given = list(
    inputs.map(
      (column, index) =>
        sql`coalesce(quote_literal(${fields[index] ?? identifier("given", column)}), 'NULL')`,
    ),
    sql`, ', ', `.text,
  );
  const rows = list(combinations.map((row) => sql`(${list(row)})`));
  const broken = some(needed.map((column) => sql`${identifier("made", column)} IS NULL`));
  return [
    {
      version,
      function: name,
      columns: needed,
      sql: sql`SELECT concat(${given}) AS given FROM (VALUES ${rows}) AS given(${list(inputs.map((column) => identifier(column)))}) LEFT JOIN LATERAL ${identifier(schema, name)}(${list(fields)}) AS made(${list(outputs.map((column) => identifier(column)))}) ON true WHERE ${every([broken])} LIMIT 1`,
    },
  ];
}
