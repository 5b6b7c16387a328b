import { isSame, POSTGRES, type Comparison } from "./compare.ts";
import { every, identifier, sql, verbatim, type Sql } from "./sql.ts";

/**
 * A domain that is made, through whatever other domains, over a text or bit string with a length.
 */
export interface LimitedDomain {
  readonly name: string;
  /** The domain and its array, as PostgreSQL prints them: `public.zip`, `public.zip[]`. */
  readonly types: readonly string[];
  /**
   * What it is made over, without a length: `pg_catalog.bpchar`, `pg_catalog.varbit`, or an array
   * of either.
   */
  readonly uncut: string;
}

/** A column's type: what a column makes of a value that is written to it. */
export interface StoredType {
  readonly type: Sql;
  /**
   * Null where a cast to the type does what a write does: rounds, or raises. Else the type without
   * its length, in which a value differs from its cast when the cast has cut what a write refuses.
   * (That both drop blanks at the end makes no difference there.)
   */
  readonly uncut: Sql | null;
}

/** The value as the column holds it. */
export function stored(value: Sql, { type }: StoredType): Sql {
  return sql`CAST(${value} AS ${type})`;
}

/** Whether a write does not refuse the value for its length. */
export function fits(value: Sql, column: StoredType): Sql {
  const { uncut } = column;
  return uncut === null
    ? sql`true`
    : isSame(sql`CAST(${stored(value, column)} AS ${uncut})`, sql`CAST(${value} AS ${uncut})`, POSTGRES);
}

/**
 * Whether a field holds what a write of the value would make of it.
 * @param by how the field's type is compared @default by an operator of PostgreSQL's own
 */
export function holdsStored(
  field: Sql,
  value: Sql,
  column: StoredType,
  by: Comparison | null = POSTGRES,
): Sql {
  const same = isSame(field, stored(value, column), by);
  return column.uncut === null ? same : every([same, fits(value, column)]);
}

/**
 * A type as its statement wrote it, with the schema where `schema` has it and PostgreSQL has none
 * of that name.
 */
export function qualified(type: Sql, schema: string, ownTypes: readonly string[]): Sql {
  const [, quoted] = /^"((?:[^"]|"")+)"(?!\.)/.exec(type.text) ?? [];
  return quoted !== undefined && ownTypes.includes(quoted.replaceAll('""', '"'))
    ? sql`${identifier(schema)}.${type}`
    : type;
}

/**
 * @param name of a type with a length, as the parser or the catalog calls it; of an
 *   array, of its elements
 */
export function uncutType(name: string, isArray: boolean): Sql | null {
  const uncut = UNCUT[name];
  return uncut === undefined ? null : isArray ? sql`${uncut}[]` : uncut;
}

const CHARACTERS = sql`pg_catalog.bpchar`;
const BITS = sql`pg_catalog.varbit`;

const UNCUT: Readonly<Record<string, Sql>> = {
  varchar: CHARACTERS,
  bpchar: CHARACTERS,
  "character varying": CHARACTERS,
  character: CHARACTERS,
  bit: BITS,
  varbit: BITS,
  "bit varying": BITS,
};

/** A type as the catalog prints it: `character varying(20)[]`, `public.zip`. */
export function printedType(printed: string, domains: readonly LimitedDomain[]): StoredType {
  const type = verbatim(printed);
  const domain = domains.find(({ types }) => types.includes(printed));
  if (domain !== undefined) return { type, uncut: domainUncut(domain, printed.endsWith("[]")) };
  const [, name = "", array = ""] = /^(.*)\(\d+\)(\[\])?$/.exec(printed) ?? [];
  return { type, uncut: uncutType(name, array !== "") };
}

/** The type in which it shows that a cast to a domain, or to its array, has cut a value. */
export function domainUncut(domain: LimitedDomain, isArray: boolean): Sql {
  return verbatim(isArray ? `${domain.uncut}[]` : domain.uncut);
}
