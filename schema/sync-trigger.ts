import type { AddedColumn } from "./action.ts";
import type { Facts } from "./facts.ts";
import type { Mapping } from "./manifest.ts";
import type { Migration } from "./migration.ts";
import { BACKFILL_SETTING, LEDGER_SCHEMA, SYNC_TRIGGER, syncFunction, syncSchema } from "./names.ts";
import { addedColumns } from "./additions.ts";
import { dollarQuoted, every, identifier, list, literal, some, sql, type Sql } from "./sql.ts";

/** A mapping with what its SQL needs to know besides. */
export interface ActiveMapping {
  readonly migration: string;
  /** Its place in migration.yaml, from 1. */
  readonly place: number;
  readonly mapping: Mapping;
  /** How expand.sql adds each new column, in their order. */
  readonly created: readonly AddedColumn[];
}

/** The mappings of a migration, each with its new columns. */
export function activeMappings(migration: Migration): readonly ActiveMapping[] {
  return migration.mappings.map((mapping, index) => {
    const added = addedColumns(migration, mapping.table);
    const created = mapping.new.flatMap(({ name }) => added.find((column) => column.column === name) ?? []);
    return { migration: migration.id, place: index + 1, mapping, created };
  });
}

/** What an untouched new column holds. */
export function untouchedValue(column: AddedColumn): Sql {
  return column.constant ?? sql`NULL`;
}

/** The body of a table's trigger function: every active mapping of the table, one after the other. */
export function syncBody(mappings: readonly ActiveMapping[], tables: Facts["tables"]): Sql {
  return sql`
BEGIN
${list(
  mappings.map((active) => mappingBlock(active, tables)),
  "\n",
)}
  RETURN NEW;
END
`;
}

/** Swaps what the trigger does; takes no lock on the table. */
export function createSyncFunction(table: string, body: Sql): Sql {
  return sql`CREATE OR REPLACE FUNCTION ${identifier(LEDGER_SCHEMA, syncFunction(table))}() RETURNS trigger LANGUAGE plpgsql AS ${dollarQuoted(body)}`;
}

/**
 * The one trigger of a table. Its WHEN names no column, so that columns can go without it; ALWAYS, as rows that logical replication or a
 * restore writes need their other side too.
 */
export function createSyncTrigger(schema: string, table: string): readonly Sql[] {
  return [
    sql`CREATE TRIGGER ${identifier(SYNC_TRIGGER)} BEFORE INSERT OR UPDATE ON ${identifier(schema, table)} FOR EACH ROW WHEN (pg_catalog.current_setting(${literal(BACKFILL_SETTING)}, true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ${identifier(LEDGER_SCHEMA, syncFunction(table))}()`,
    sql`ALTER TABLE ${identifier(schema, table)} ENABLE ALWAYS TRIGGER ${identifier(SYNC_TRIGGER)}`,
  ];
}

export function dropSyncTrigger(schema: string, table: string): readonly Sql[] {
  return [
    sql`DROP TRIGGER IF EXISTS ${identifier(SYNC_TRIGGER)} ON ${identifier(schema, table)}`,
    sql`DROP FUNCTION IF EXISTS ${identifier(LEDGER_SCHEMA, syncFunction(table))}()`,
  ];
}

/** A side changed when one of its columns did; the new side wins, but a pair that agrees already stays as it was written. */
function mappingBlock(active: ActiveMapping, tables: Facts["tables"]): Sql {
  const { mapping, created } = active;
  const newNames = created.map((column) => column.column);
  const facts = tables[mapping.table]?.columns ?? {};
  const newChanged = some(created.map((column) => changed(column.column, column.exact)));
  const oldChanged = some(mapping.old.map((column) => changed(column, facts[column]?.exact ?? false)));
  const newGiven = some(
    created.map((column) => sql`NEW.${identifier(column.column)} IS DISTINCT FROM ${untouchedValue(column)}`),
  );
  const oldMissing = every(mapping.old.map((column) => sql`NEW.${identifier(column)} IS NULL`));
  const schema = syncSchema(active.migration);
  const toNew = assignment(newNames, schema, mapping.toNew, mapping.old);
  const toOld = assignment(mapping.old, schema, mapping.toOld, newNames);
  const pairs = newNames.map(
    (name) => sql`NEW.${identifier(name)} IS NOT DISTINCT FROM made.${identifier(name)}`,
  );
  const call = sql`${identifier(schema, mapping.toNew)}(${fieldsOfNew(mapping.old)})`;
  const names = list(newNames.map((name) => identifier(name)));
  const agrees = sql`(SELECT ${every(pairs)} FROM ${call} AS made(${names}))`;
  return sql`  IF TG_OP = 'INSERT' THEN
    IF NOT ${newGiven} THEN
      ${toNew}
    ELSIF (${oldMissing}) OR ${agrees} IS NOT TRUE THEN
      ${toOld}
    END IF;
  ELSIF ${newChanged} THEN
    IF NOT ${oldChanged} OR ${agrees} IS NOT TRUE THEN
      ${toOld}
    END IF;
  ELSIF ${oldChanged} THEN
    ${toNew}
  END IF;`;
}

/** Equal is not always the same: a name whose letter case changed in a citext column has changed. */
function changed(column: string, exact: boolean): Sql {
  const name = identifier(column);
  return exact
    ? sql`NEW.${name} IS DISTINCT FROM OLD.${name}`
    : sql`ROW(NEW.${name})::record OPERATOR(pg_catalog.*<>) ROW(OLD.${name})::record`;
}

/** One target is a plain expression, which PL/pgSQL evaluates without a query of its own. */
function assignment(
  targets: readonly string[],
  schema: string,
  name: string,
  sources: readonly string[],
): Sql {
  const call = sql`${identifier(schema, name)}(${fieldsOfNew(sources)})`;
  const [target, ...others] = targets;
  if (target !== undefined && others.length === 0) return sql`NEW.${identifier(target)} := ${call};`;
  return sql`SELECT made.* INTO ${fieldsOfNew(targets)} FROM ${call} AS made;`;
}

function fieldsOfNew(names: readonly string[]): Sql {
  return list(names.map((name) => sql`NEW.${identifier(name)}`));
}
