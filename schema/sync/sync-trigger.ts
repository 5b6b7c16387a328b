import type { AddedColumn } from "../sql/alter-table-action.ts";
import type { Facts } from "../state/catalog.ts";
import { homeOf, type Side } from "../migration/manifest.ts";
import type { ActiveMapping } from "./mapping-kind.ts";
import {
  BACKFILL_SETTING,
  LEDGER_SCHEMA,
  SYNC_INSERT_TRIGGER,
  SYNC_TRIGGER,
  SYNC_TRIGGERS,
  syncFunction,
} from "../sql/names.ts";
import { dollarQuoted, identifier, literal, some, sql, type Sql } from "../sql/sql.ts";
import { stored } from "../sql/stored-type.ts";

/** What an untouched new column holds. */
export function untouchedValue(column: AddedColumn): Sql {
  if (column.constant === null) return sql`NULL`;
  return isFoundByAll(column) ? stored(column.constant, column) : column.constant;
}

/**
 * Whether its type is PostgreSQL's own and called so: whoever writes the row may look other names
 * up elsewhere.
 */
function isFoundByAll({ type }: AddedColumn): boolean {
  return type.text.startsWith('"pg_catalog".');
}

/** Swaps what the trigger does; takes no lock on the table. */
export function createSyncFunction(table: string, body: Sql): Sql {
  return sql`CREATE OR REPLACE FUNCTION ${identifier(LEDGER_SCHEMA, syncFunction(table))}() RETURNS trigger LANGUAGE plpgsql AS ${dollarQuoted(body)}`;
}

/**
 * The triggers of a table, made or brought up to date with `mappings`; both run the one function.
 * That of UPDATE is asked for only where a mapped column changed: its WHEN costs a write of
 * anything else next to nothing, while a call of the function would double it. It sees what earlier
 * triggers made of the row, as `UPDATE OF` would not. Columns go together with it. ALWAYS, as rows
 * that logical replication or a restore writes need their other side too.
 */
export function createSyncTriggers(
  schema: string,
  table: string,
  mappings: readonly ActiveMapping[],
  tables: Facts["tables"],
): readonly Sql[] {
  const on = identifier(schema, table);
  const run = sql`EXECUTE FUNCTION ${identifier(LEDGER_SCHEMA, syncFunction(table))}()`;
  const notFilling = isNotFilling();
  const anyChanged = some(
    mappings.flatMap((active) => [sideChanged(active, "new", tables), sideChanged(active, "old", tables)]),
  );
  return [
    sql`CREATE OR REPLACE TRIGGER ${identifier(SYNC_INSERT_TRIGGER)} BEFORE INSERT ON ${on} FOR EACH ROW WHEN (${notFilling}) ${run}`,
    sql`CREATE OR REPLACE TRIGGER ${identifier(SYNC_TRIGGER)} BEFORE UPDATE ON ${on} FOR EACH ROW WHEN (${anyChanged} AND ${notFilling}) ${run}`,
    sql`ALTER TABLE ${on} ENABLE ALWAYS TRIGGER ${identifier(SYNC_INSERT_TRIGGER)}, ENABLE ALWAYS TRIGGER ${identifier(SYNC_TRIGGER)}`,
  ];
}

/** Whether a write is not the backfill's own. */
export function isNotFilling(): Sql {
  return sql`coalesce(pg_catalog.current_setting(${literal(BACKFILL_SETTING)}, true), '') OPERATOR(pg_catalog.<>) 'on'`;
}

export function dropSyncTriggers(schema: string, table: string): readonly Sql[] {
  return [
    ...SYNC_TRIGGERS.map(
      (trigger) => sql`DROP TRIGGER IF EXISTS ${identifier(trigger)} ON ${identifier(schema, table)}`,
    ),
    sql`DROP FUNCTION IF EXISTS ${identifier(LEDGER_SCHEMA, syncFunction(table))}()`,
  ];
}

/** Whether an update changed a column of one side. */
export function sideChanged(active: ActiveMapping, side: Side, tables: Facts["tables"]): Sql {
  if (side === "new") return some(active.created.map((column) => changed(column.column, column.exact)));
  const columns = tables[homeOf(active.mapping, "old").table]?.columns ?? {};
  return some(active.mapping.old.map((column) => changed(column, columns[column]?.exact ?? false)));
}

/**
 * Equal is not always the same: a name whose letter case changed in a citext column has changed.
 */
export function changed(column: string, exact: boolean): Sql {
  const name = identifier(column);
  return exact
    ? sql`NEW.${name} IS DISTINCT FROM OLD.${name}`
    : sql`ROW(NEW.${name})::record OPERATOR(pg_catalog.*<>) ROW(OLD.${name})::record`;
}
