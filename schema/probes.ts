import type { Facts } from "./facts.ts";
import { homeOf } from "./manifest.ts";
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
export function probes(active: ActiveMapping, tables: Facts["tables"]): readonly Probe[] {
  const { mapping, created } = active;
  const columns = tables[homeOf(mapping, "old").table]?.columns;
  if (columns === undefined) return [];
  const schema = syncSchema(active.migration);
  const required = mapping.new.filter((column) => column.required).map((column) => column.name);
  const bound = mapping.old.filter((column) => columns[column]?.notNull ?? false);
  const written = mapping.old.map((name) => {
    const column = columns[name];
    const type = verbatim(column?.type ?? "text");
    return [
      ...(column?.notNull ? [] : [sql`CAST(NULL AS ${type})`]),
      ...(column?.isText ? [sql`CAST('' AS ${type})`] : []),
    ];
  });
  // Before expand.sql has run, nothing can be cast to a domain that it makes.
  const types = created.map((column, index) => active.held?.[index]?.type ?? column.type);
  const offered = created.map((column, index) => {
    const type = types[index] ?? column.type;
    // An array is called like its elements.
    const isText = ["text", "varchar"].includes(column.typeName) && !column.type.text.endsWith("[]");
    return [
      ...(required.includes(column.column) ? [] : [sql`CAST(NULL AS ${type})`]),
      ...(isText ? [sql`CAST('' AS ${type})`] : []),
    ];
  });
  const createdNames = created.map((column) => column.column);
  // A row that is not there is none of the values.
  const noneWritten = mapping.old.map(
    (name) => sql`CAST(NULL AS ${verbatim(columns[name]?.type ?? "text")})`,
  );
  const noneOffered = types.map((type) => sql`CAST(NULL AS ${type})`);
  const side = mapping.other?.side;
  return [
    ...probe(
      {
        version: "old",
        schema,
        name: mapping.toNew,
        inputs: mapping.old,
        outputs: createdNames,
        needed: required,
      },
      combinations(written, side === "old" ? noneWritten : null),
      side === "new",
    ),
    ...probe(
      {
        version: "new",
        schema,
        name: mapping.toOld,
        inputs: createdNames,
        outputs: mapping.old,
        needed: bound,
      },
      combinations(offered, side === "new" ? noneOffered : null),
      side === "old",
    ),
  ];
}

/** Each value of each column with each of the others, or the chosen ones where there would be too many. */
function combinations(
  candidates: readonly (readonly Sql[])[],
  besides: readonly Sql[] | null,
): readonly (readonly Sql[])[] {
  const count = candidates.reduce((product, values) => product * values.length, 1);
  const rows =
    count > MOST_COMBINATIONS
      ? chosen(candidates)
      : candidates.reduce<readonly (readonly Sql[])[]>(
          (known, values) => known.flatMap((row) => values.map((value) => [...row, value])),
          [[]],
        );
  return [...rows, ...(besides === null ? [] : [besides])];
}

/** The first value of every column, and the last one; and in either of those, one column at a time with its other value. */
function chosen(candidates: readonly (readonly Sql[])[]): readonly (readonly Sql[])[] {
  const firsts = candidates.flatMap((values) => values.slice(0, 1));
  const lasts = candidates.flatMap((values) => values.slice(-1));
  return [
    firsts,
    lasts,
    ...candidates.flatMap((values, index) =>
      values.length < 2
        ? []
        : [firsts.with(index, lasts[index] ?? sql`NULL`), lasts.with(index, firsts[index] ?? sql`NULL`)],
    ),
  ];
}

interface Call {
  readonly version: Probe["version"];
  readonly schema: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of the outputs, those that require a value. */
  readonly needed: readonly string[];
}

/** @param mayBeNone whether no value at all is a row that is not there, and requires none */
function probe(
  { version, schema, name, inputs, outputs, needed }: Call,
  tried: readonly (readonly Sql[])[],
  mayBeNone: boolean,
): readonly Probe[] {
  if (needed.length === 0 || tried.length === 0) return [];
  const fields = inputs.map((column) => identifier("given", column));
  const given = list(
    inputs.map(
      (column, index) =>
        sql`coalesce(quote_literal(${fields[index] ?? identifier("given", column)}), 'NULL')`,
    ),
    sql`, ', ', `.text,
  );
  const rows = list(tried.map((row) => sql`(${list(row)})`));
  const isNull = (column: string) => sql`${identifier("made", column)} IS NULL`;
  const broken = [some(needed.map(isNull)), ...(mayBeNone ? [sql`NOT (${every(outputs.map(isNull))})`] : [])];
  return [
    {
      version,
      function: name,
      columns: needed,
      sql: sql`SELECT concat(${given}) AS given FROM (VALUES ${rows}) AS given(${list(inputs.map((column) => identifier(column)))}) LEFT JOIN LATERAL ${identifier(schema, name)}(${list(fields)}) AS made(${list(outputs.map((column) => identifier(column)))}) ON true WHERE ${every(broken)} LIMIT 1`,
    },
  ];
}
