import { carryingOf, typeOf } from "../sync/conversion-outcome.ts";
import { isCaught } from "../sync/conversion-errors.ts";
import type { Facts } from "../state/catalog.ts";
import { printedDeclaration } from "../expressions/function-outcome.ts";
import type { DeclaredType } from "../expressions/known-value.ts";
import { homeOf } from "../migration/manifest.ts";
import { newTypes, oldTypes, type MappedTable } from "../rows/mapped-rows.ts";
import { restoredBy, syncSchema } from "../sql/names.ts";
import { probeValues, type ProbeValue } from "./probe-values.ts";
import { dollarQuoted, every, identifier, integer, list, literal, some, sql, type Sql } from "../sql/sql.ts";
import { fits, stored, type StoredType } from "../sql/stored-type.ts";

/**
 * Values that a version may write whatever the table holds now, tried on the function that carries
 * them over.
 */
export interface Probe {
  /** Makes the function that tries; for a transaction that is taken back. */
  readonly create: Sql;
  /**
   * `given`, the values as text, with `state` and `message` of what they raise, and whether they
   * stand `at_limit` of their types; of those that do.
   */
  readonly query: Sql;
  /** Who calls the function on whose behalf. */
  readonly version: "old" | "new";
  readonly function: string;
  /** Columns of which one would be NULL. */
  readonly required: readonly string[];
  /**
   * Whether the function may raise: it is caught; or it takes a contract back, for which no other
   * function would do.
   */
  readonly mayFail: boolean;
  /** Whether it may give no value. */
  readonly mayLack: boolean;
}

/** Labels of the enumerated types, by the types' names as they are printed. */
export type Labels = Readonly<Record<string, readonly string[]>>;

const MOST_COMBINATIONS = 64;

/** What either version may write, each on its function. */
export function probes(mapped: MappedTable, tables: Facts["tables"], labels: Labels): readonly Probe[] {
  const { active } = mapped;
  const { mapping, created } = active;
  const columns = tables[homeOf(mapping, "old").table]?.columns;
  if (columns === undefined) return [];
  const required = mapping.new.filter((column) => column.required).map((column) => column.name);
  const bound = mapping.old.filter((column) => columns[column]?.notNull ?? false);
  const caught = isCaught(active, tables);
  const { mayFail, mayLack } = carryingOf(active, tables);
  const written = oldTypes(mapped).map(({ name, ...type }) => ({
    name,
    type,
    values: candidates(printedDeclaration(type.type.text), !bound.includes(name), labels, type),
  }));
  // Before expand.sql has run, nothing can be cast to a domain that it makes.
  const offered = newTypes(mapped).map(({ name, ...type }, index) => {
    const named = active.held?.[index] ?? created[index];
    const declared = named === undefined ? printedDeclaration(type.type.text) : typeOf(named);
    return { name, type, values: candidates(declared, !required.includes(name), labels, type) };
  });
  return [
    ...probe(mapped, "old", written, offered, required, mayFail && caught, mayLack.length > 0 && caught),
    ...probe(mapped, "new", offered, written, bound, restoredBy(active.migration) !== null, false),
  ];
}

interface Tried {
  readonly name: string;
  readonly type: StoredType;
  readonly values: readonly ProbeValue[];
}

function candidates(
  declared: DeclaredType,
  mayBeNull: boolean,
  labels: Labels,
  { type }: StoredType,
): readonly ProbeValue[] {
  return probeValues(declared, mayBeNull, labels[type.text.replaceAll('"', "")] ?? []);
}

function probe(
  { active }: MappedTable,
  version: "old" | "new",
  inputs: readonly Tried[],
  outputs: readonly Tried[],
  required: readonly string[],
  mayFail: boolean,
  mayLack: boolean,
): readonly Probe[] {
  const name = version === "old" ? active.mapping.toNew : active.mapping.toOld;
  const schema = syncSchema(active.migration);
  const trying = identifier(schema, `tries_${version}_${active.place}`);
  const read = inputs.map(
    ({ name: column, type }, index) =>
      sql`CAST($1[${integer(index + 1)}] AS ${type.type}) AS ${identifier(column)}`,
  );
  const kept = outputs.map(({ name: column, type }) => ({
    isNull: sql`${identifier("made", column)} IS NULL`,
    value: stored(identifier("made", column), type),
    fits: fits(identifier("made", column), type),
    isRequired: required.includes(column),
  }));
  // Where nothing has a value, there is no row that would require one.
  const isThere = active.kind.mayBeAbsent(active.mapping, version === "old" ? "new" : "old")
    ? sql`NOT (${every(kept.map(({ isNull }) => isNull))})`
    : sql`true`;
  const missing = every([
    some(kept.filter(({ isRequired }) => isRequired).map(({ isNull }) => isNull)),
    isThere,
  ]);
  const call = sql`${identifier(schema, name)}(${list(inputs.map(({ name: column }) => identifier("given", column)))}) AS made(${list(outputs.map(({ name: column }) => identifier(column)))})`;
  const body = sql`
#variable_conflict use_column
DECLARE
  given record;
  is_missing boolean;
  is_fitting boolean;
BEGIN
  BEGIN
    SELECT ${list(read)} INTO given;
  EXCEPTION WHEN OTHERS THEN
    -- The version cannot write it either.
    RETURN;
  END;
  PERFORM ${list(kept.map(({ value }) => value))} FROM ${call};
  SELECT ${missing}, ${every(kept.map((one) => one.fits))} INTO is_missing, is_fitting FROM (SELECT) AS one LEFT JOIN LATERAL ${call} ON true;
  IF NOT is_fitting THEN
    state := '22001'; message := 'value too long';
  ELSIF is_missing THEN
    state := '23502'; message := 'no value';
  END IF;
EXCEPTION WHEN OTHERS THEN
  state := SQLSTATE; message := SQLERRM;
END
`;
  const none = active.kind.mayBeAbsent(active.mapping, version) ? [inputs.map(() => NONE)] : [];
  const rows = [...combinations(inputs.map(({ values }) => values)), ...none].map((row) => {
    const texts = list(row.map(({ text }) => (text === null ? sql`NULL` : literal(text))));
    return sql`(ARRAY[${texts}]::text[], ${row.some(({ isLimit }) => isLimit) ? sql`true` : sql`false`})`;
  });
  if (rows.length === 0) return [];
  return [
    {
      version,
      function: name,
      required,
      mayFail,
      mayLack,
      create: sql`CREATE FUNCTION ${trying}(text[], OUT state text, OUT message text) LANGUAGE plpgsql AS ${dollarQuoted(body)}`,
      query: sql`SELECT (SELECT string_agg(coalesce(quote_literal(CASE WHEN length(one) > 20 THEN left(one, 10) || '… (' || length(one) || ' characters)' ELSE one END), 'NULL'), ', ' ORDER BY place) FROM unnest(tried.given) WITH ORDINALITY AS part(one, place)) AS given, tried.at_limit, found.state, found.message FROM (VALUES ${list(rows)}) AS tried(given, at_limit) CROSS JOIN LATERAL ${trying}(tried.given) AS found WHERE found.state IS NOT NULL`,
    },
  ];
}

/**
 * NULL and empty of each column with those of the others, as far as they are not too many; and of
 * the rest one column at a time.
 */
function combinations(values: readonly (readonly ProbeValue[])[]): readonly (readonly ProbeValue[])[] {
  if (values.some((one) => one.length === 0)) return [];
  const alone = values.flatMap((one, index) => one.map((value) => filled(values).with(index, value)));
  return [...combined(values.map((one) => one.slice(0, 2))), ...alone];
}

/** Of each column the first value that is one. */
function filled(values: readonly (readonly ProbeValue[])[]): readonly ProbeValue[] {
  return values.map((one) => one.find(({ text }) => text !== null && text !== "") ?? NONE);
}

const NONE: ProbeValue = { text: null, isLimit: false };

function combined(values: readonly (readonly ProbeValue[])[]): readonly (readonly ProbeValue[])[] {
  const count = values.reduce((product, one) => product * one.length, 1);
  if (count <= MOST_COMBINATIONS) {
    return values.reduce<readonly (readonly ProbeValue[])[]>(
      (known, one) => known.flatMap((row) => one.map((value) => [...row, value])),
      [[]],
    );
  }
  const firsts = values.map((one) => one[0] ?? NONE);
  const lasts = values.map((one) => one.at(-1) ?? NONE);
  const apart = values.flatMap((one, index) =>
    one.length < 2
      ? []
      : [firsts.with(index, lasts[index] ?? NONE), lasts.with(index, firsts[index] ?? NONE)],
  );
  return [firsts, lasts, ...apart];
}
