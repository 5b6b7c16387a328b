import { carryingOf } from "./conversion-outcome.ts";
import type { Facts } from "../state/catalog.ts";
import { homeOf } from "../migration/manifest.ts";
import { LEDGER_SCHEMA, shortened, syncSchema } from "../sql/names.ts";
import {
  dollarQuoted,
  identifier,
  integer,
  list,
  literal,
  some,
  sql,
  verbatim,
  type Sql,
} from "../sql/sql.ts";
import { untouchedValue } from "./sync-trigger.ts";
import type { ActiveMapping } from "./mapping-kind.ts";

/*
 * A mapping that may raise, or give no value where one is required, for what the old version may
 * write, is called through a form that catches: the write goes through, the new side stays
 * untouched, and the row's key is noted until a person has dealt with it.
 */

/**
 * What the catching form returns besides the new columns: NULL, or the SQLSTATE with which the
 * value could not be carried over.
 */
export const FAILED = "zero_downtime_failed";

/**
 * Keys beyond that are not noted, as a login might fill the disk; the verification finds their rows
 * all the same.
 */
const MOST_NOTED_BYTES = 8 * 1024 ** 2;

/** Columns of the notes besides the key. */
export const NOTED = { state: "noted_sqlstate", first: "noted_first", last: "noted_last" } as const;

/** Whether the old version's writes reach a mapping through the form that catches. */
export function isCaught(active: ActiveMapping, tables: Facts["tables"]): boolean {
  const { mayFail, mayLack } = carryingOf(active, tables);
  return mayFail || mayLack.length > 0;
}

/** New columns that require a value, and that the old version's writes may leave without one. */
export function lacking(active: ActiveMapping, tables: Facts["tables"]): readonly string[] {
  // In a table of its own no row is made for such a value.
  if (!isCaught(active, tables) || active.kind.mayBeAbsent(active.mapping, "new")) return [];
  const { mayFail, mayLack } = carryingOf(active, tables);
  const required = active.mapping.new.filter((column) => column.required).map((column) => column.name);
  return mayFail ? required : mayLack;
}

/** Name of the form that catches, in the migration's own schema. */
export function catchingFunction({ place }: ActiveMapping): string {
  return `zero_downtime_carry_${place}`;
}

/** Where the keys of rows that could not be carried over are noted, in the ledger's schema. */
export function notesTable({ migration, place }: ActiveMapping): string {
  return shortened(`failed_${migration.replaceAll(/[-.]/g, "_")}_${place}`);
}

/** What the triggers of mappings call besides the mappings' own functions. */
export function catchingForms(
  schema: string,
  mappings: readonly ActiveMapping[],
  tables: Facts["tables"],
): readonly Sql[] {
  return mappings
    .filter((active) => isCaught(active, tables))
    .flatMap((active) => createCatching(schema, active, tables));
}

/** What a mapping's catching form consists of, made or brought up to date. */
function createCatching(schema: string, active: ActiveMapping, tables: Facts["tables"]): readonly Sql[] {
  return [createNotes(active, tables), createNoting(active, tables), createCarrying(schema, active, tables)];
}

/** Of every mapping, whether it has them or not; before its schema is dropped. */
export function dropCatching(active: ActiveMapping): readonly Sql[] {
  const own = syncSchema(active.migration);
  return [
    sql`DROP FUNCTION IF EXISTS ${identifier(own, catchingFunction(active))}`,
    sql`DROP FUNCTION IF EXISTS ${identifier(own, notingFunction(active))}`,
    sql`DROP TABLE IF EXISTS ${identifier(LEDGER_SCHEMA, notesTable(active))}`,
  ];
}

/**
 * Notes the key of a row, if the value could not be carried over; for a trigger's body.
 *
 * @param columns the row's columns that hold the key
 * @param after what is done besides
 */
export function noteFailed(
  active: ActiveMapping,
  failed: Sql,
  row: Sql,
  columns: readonly string[] = active.mapping.key,
  after: Sql = sql``,
): Sql {
  const key = list(columns.map((column) => sql`${row}.${identifier(column)}`));
  return sql`IF ${failed} IS NOT NULL THEN PERFORM ${identifier(syncSchema(active.migration), notingFunction(active))}(${failed}, ${key});${after} END IF;`;
}

function notingFunction({ place }: ActiveMapping): string {
  return `zero_downtime_note_${place}`;
}

function keyTypes({ mapping }: ActiveMapping, tables: Facts["tables"]): readonly Sql[] {
  const columns = tables[mapping.table]?.columns ?? {};
  return mapping.key.map((column) => verbatim(columns[column]?.type ?? "text"));
}

function createNotes(active: ActiveMapping, tables: Facts["tables"]): Sql {
  const types = keyTypes(active, tables);
  const key = active.mapping.key.map((column) => identifier(column));
  const columns = key.map((column, index) => sql`${column} ${types[index] ?? sql`text`}`);
  const time = (name: string) =>
    sql`${identifier(name)} timestamptz NOT NULL DEFAULT pg_catalog.statement_timestamp()`;
  return sql`CREATE TABLE IF NOT EXISTS ${identifier(LEDGER_SCHEMA, notesTable(active))} (${list([...columns, sql`${identifier(NOTED.state)} text NOT NULL`, time(NOTED.first), time(NOTED.last)])}, PRIMARY KEY (${list(key)}))`;
}

/**
 * Has its owner's rights, and can do nothing but note a key. Outside of a trigger it does nothing.
 * How large the notes are is asked of the file system, as a count would make serializable
 * transactions fail.
 */
function createNoting(active: ActiveMapping, tables: Facts["tables"]): Sql {
  const table = identifier(LEDGER_SCHEMA, notesTable(active));
  const key = list(active.mapping.key.map((column) => identifier(column)));
  const types = keyTypes(active, tables);
  const values = list(types.map((_, index) => verbatim(`$${index + 2}`)));
  const body = sql`
#variable_conflict use_column
BEGIN
  IF pg_trigger_depth() = 0 OR num_nulls(${values}) > 0 OR pg_relation_size(${literal(table.text)}::regclass) >= ${integer(MOST_NOTED_BYTES)} THEN
    RETURN;
  END IF;
  INSERT INTO ${table} (${key}, ${identifier(NOTED.state)}) VALUES (${values}, left($1, 5))
  ON CONFLICT (${key}) DO UPDATE SET ${identifier(NOTED.state)} = excluded.${identifier(NOTED.state)}, ${identifier(NOTED.last)} = excluded.${identifier(NOTED.last)};
END
`;
  return sql`CREATE OR REPLACE FUNCTION ${identifier(syncSchema(active.migration), notingFunction(active))}(${list([sql`text`, ...types])}) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${dollarQuoted(body)}`;
}

/** Errors that are not the value's: whoever writes has to know of them. */
const PASSED_ON = [
  ...["transaction_rollback", "insufficient_resources", "operator_intervention", "system_error"],
  ...["lock_not_available", "data_corrupted", "index_corrupted"],
];

/** Calls toNew and does with the values what a write of the row would do. */
function createCarrying(schema: string, active: ActiveMapping, tables: Facts["tables"]): Sql {
  const { mapping, kind, created, held } = active;
  const columns = tables[homeOf(mapping, "old").table]?.columns ?? {};
  const inputs = mapping.old.map((name) => verbatim(columns[name]?.type ?? "text"));
  const outputs = created.map((column, index) => ({
    name: identifier(`zero_downtime_${index + 1}`),
    kept: identifier("kept", column.column),
    type: held?.[index]?.type ?? column.type,
    // Of a row that is not there nothing is known.
    untouched: kind.isInOneRow ? untouchedValue(column) : sql`NULL`,
    isRequired: mapping.new.some(({ name, required }) => required && name === column.column),
    notNull: column.notNull && kind.isInOneRow,
  }));
  const parameters = [
    ...inputs,
    ...outputs.map(({ name, type }) => sql`OUT ${name} ${type}`),
    sql`OUT ${identifier(FAILED)} text`,
  ];
  const call = sql`${identifier(syncSchema(active.migration), mapping.toNew)}(${list(inputs.map((_, index) => verbatim(`$${index + 1}`)))})`;
  const isNull = (chosen: typeof outputs) => some(chosen.map(({ kept }) => sql`${kept} IS NULL`));
  const refused = isNull(outputs.filter(({ notNull }) => notNull));
  const missing = isNull(outputs.filter(({ isRequired }) => isRequired));
  // Where nothing has a value, there is no row that would require one.
  const isThere = kind.mayBeAbsent(mapping, "new")
    ? sql`NOT (${list(
        outputs.map(({ kept }) => sql`${kept} IS NULL`),
        " AND ",
      )})`
    : sql`true`;
  const body = sql`
DECLARE
  kept ${identifier(schema, homeOf(mapping, "new").table)};
BEGIN
  SELECT made.* INTO ${list(outputs.map(({ kept }) => kept))} FROM ${call} AS made;
  IF ${refused} THEN
    RAISE not_null_violation;
  END IF;
${list(
  outputs.map(({ name, kept }) => sql`  ${name} := ${kept};`),
  "\n",
)}
  IF ${missing} AND ${isThere} THEN
    ${identifier(FAILED)} := '23502';
  END IF;
EXCEPTION
  WHEN ${list(PASSED_ON.map(verbatim), " OR ")} THEN
    RAISE;
  WHEN OTHERS THEN
${list(
  outputs.map(({ name, untouched }) => sql`    ${name} := ${untouched};`),
  "\n",
)}
    ${identifier(FAILED)} := SQLSTATE;
END
`;
  return sql`CREATE OR REPLACE FUNCTION ${identifier(syncSchema(active.migration), catchingFunction(active))}(${list(parameters)}) LANGUAGE plpgsql STABLE AS ${dollarQuoted(body)}`;
}
