import type { Mapping } from "./manifest.ts";
import { addedColumns } from "./phase-rules.ts";
import type { Migration } from "./migration.ts";
import { BACKFILL_SETTING, LEDGER_SCHEMA, SYNC_TRIGGER, syncFunction, syncSchema } from "./names.ts";
import { dollarQuoted, every, identifier, list, literal, some, sql, type Sql } from "./sql.ts";

/** A mapping with what its SQL needs to know besides. */
export interface ActiveMapping {
  readonly migration: string;
  /** Its place in migration.yaml, from 1. */
  readonly place: number;
  readonly mapping: Mapping;
  /** Default of each new column, in their order: what an untouched new side holds. */
  readonly newDefaults: readonly Sql[];
}

/** The mappings of a migration, each with its defaults. */
export function activeMappings(migration: Migration): readonly ActiveMapping[] {
  return migration.mappings.map((mapping, index) => {
    const added = addedColumns(migration, mapping.table);
    const newDefaults = mapping.new.map(
      ({ name }) => added.find((action) => action.column === name)?.constant ?? sql`NULL`,
    );
    return { migration: migration.id, place: index + 1, mapping, newDefaults };
  });
}

/** The body of a table's trigger function: every active mapping of the table, one after the other. */
export function syncBody(mappings: readonly ActiveMapping[]): Sql {
  return sql`
BEGIN
${list(mappings.map(mappingBlock), "\n")}
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
function mappingBlock(active: ActiveMapping): Sql {
  const { mapping } = active;
  const created = mapping.new.map((column) => column.name);
  const changed = (columns: readonly string[]) =>
    some(columns.map((column) => sql`NEW.${identifier(column)} IS DISTINCT FROM OLD.${identifier(column)}`));
  const newGiven = some(
    created.map(
      (column, index) =>
        sql`NEW.${identifier(column)} IS DISTINCT FROM ${active.newDefaults[index] ?? sql`NULL`}`,
    ),
  );
  const oldMissing = every(mapping.old.map((column) => sql`NEW.${identifier(column)} IS NULL`));
  const schema = syncSchema(active.migration);
  const toNew = assignment(created, schema, mapping.toNew, mapping.old);
  const toOld = assignment(mapping.old, schema, mapping.toOld, created);
  const agrees = sql`(SELECT ${every(
    created.map((column) => sql`NEW.${identifier(column)} IS NOT DISTINCT FROM made.${identifier(column)}`),
  )} FROM ${identifier(schema, mapping.toNew)}(${fields("NEW", mapping.old)}) AS made(${columns(created)}))`;
  return sql`  IF TG_OP = 'INSERT' THEN
    IF NOT ${newGiven} THEN
      ${toNew}
    ELSIF (${oldMissing}) OR NOT ${agrees} THEN
      ${toOld}
    END IF;
  ELSIF ${changed(created)} THEN
    IF NOT ${changed(mapping.old)} OR NOT ${agrees} THEN
      ${toOld}
    END IF;
  ELSIF ${changed(mapping.old)} THEN
    ${toNew}
  END IF;`;
}

/** One target is a plain expression, which PL/pgSQL evaluates without a query of its own. */
function assignment(
  targets: readonly string[],
  schema: string,
  name: string,
  sources: readonly string[],
): Sql {
  const call = sql`${identifier(schema, name)}(${fields("NEW", sources)})`;
  const [target, ...others] = targets;
  if (target !== undefined && others.length === 0) return sql`NEW.${identifier(target)} := ${call};`;
  return sql`SELECT made.* INTO ${fields("NEW", targets)} FROM ${call} AS made;`;
}

function fields(row: "NEW" | "OLD", names: readonly string[]): Sql {
  const prefix = row === "NEW" ? sql`NEW.` : sql`OLD.`;
  return list(names.map((name) => sql`${prefix}${identifier(name)}`));
}

function columns(names: readonly string[]): Sql {
  return list(names.map((name) => identifier(name)));
}
