import { identifier, list, sql, verbatim, type Sql } from "./sql.ts";

/*
 * PostgreSQL looks up every operator along search_path, also those that IS DISTINCT FROM, IN and
 * row comparisons stand for, and one that fits the types exactly wins wherever it lies: pg_catalog
 * has no =(varchar, varchar). So each comparison names the schema of its operator. ORDER BY, GROUP
 * BY and ON CONFLICT use the type's operator class and look nothing up.
 */

/** The operators of a type's default operator class. */
export interface Comparison {
  /** The schema that they are in. */
  readonly schema: string;
  /**
   * The type that they take, as the catalog prints it; for arrays, enums and ranges the column's
   * own, without its domain.
   */
  readonly type: string;
}

export type Operator = "=" | "<>" | "<" | "<=" | ">" | ">=";

const OPERATORS: Readonly<Record<Operator, Sql>> = {
  "=": sql`=`,
  "<>": sql`<>`,
  "<": sql`<`,
  "<=": sql`<=`,
  ">": sql`>`,
  ">=": sql`>=`,
};

/**
 * Of a type of PostgreSQL's own: no cast is needed, as only operators in pg_catalog are candidates.
 */
export const POSTGRES: Comparison = { schema: "pg_catalog", type: "text" };

export function compare(left: Sql, operator: Operator, right: Sql, by: Comparison = POSTGRES): Sql {
  return sql`${operand(left, by)} ${named(operator, by)} ${operand(right, by)}`;
}

/**
 * As `IS NOT DISTINCT FROM`. Null: the type has no operators, so values are compared to
 * the last byte.
 */
export function isSame(left: Sql, right: Sql, by: Comparison | null): Sql {
  if (by === null) return isIdentical(left, right);
  return sql`coalesce(${compare(left, "=", right, by)}, ${left} IS NULL AND ${right} IS NULL)`;
}

/** Whether two values of one type are the same to the last byte; asks no operator of their type. */
export function isIdentical(left: Sql, right: Sql): Sql {
  return sql`ROW(${left})::record OPERATOR(pg_catalog.*=) ROW(${right})::record`;
}

/** A comparison of several columns in their order, which an index over them serves. */
export function compareRows(
  lefts: readonly Sql[],
  operator: Operator,
  rights: readonly Sql[],
  by: readonly Comparison[],
): Sql {
  const [first = POSTGRES] = by;
  const isMixed = schemasToSearch(by).length > 0;
  const row = (values: readonly Sql[]) => {
    const cast = values.map((value, index) => (isMixed ? castTo : operand)(value, by[index] ?? POSTGRES));
    return values.length === 1 ? list(cast) : sql`(${list(cast)})`;
  };
  return sql`${row(lefts)} ${isMixed ? OPERATORS[operator] : named(operator, first)} ${row(rights)}`;
}

/**
 * Schemas that must be in the search path for `compareRows`: a row comparison has one operator name
 * for all its columns, so where those come from several schemas PostgreSQL has to look them up.
 */
export function schemasToSearch(by: readonly Comparison[]): readonly string[] {
  const schemas = [...new Set(by.map(({ schema }) => schema))];
  return schemas.length < 2 ? [] : schemas.filter((schema) => schema !== POSTGRES.schema);
}

function named(operator: Operator, { schema }: Comparison): Sql {
  return sql`OPERATOR(${identifier(schema)}.${OPERATORS[operator]})`;
}

function operand(value: Sql, by: Comparison): Sql {
  return by.schema === POSTGRES.schema ? value : castTo(value, by);
}

function castTo(value: Sql, { type }: Comparison): Sql {
  return sql`CAST(${value} AS ${verbatim(type)})`;
}
