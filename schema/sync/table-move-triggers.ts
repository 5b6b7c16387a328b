import type { Facts } from "../state/catalog.ts";
import { otherBody, ownBody } from "./table-move-function.ts";
import { completed, hasDefaults, isCompleted, leavesOut, moveOf } from "./table-move-sides.ts";
import { LEDGER_SCHEMA, MOVE_TRIGGERS, moveFunction, moveTrigger } from "../sql/names.ts";
import { dollarQuoted, identifier, some, sql, type Sql } from "../sql/sql.ts";
import { changed, isNotFilling, sideChanged } from "./sync-trigger.ts";
import type { ActiveMapping } from "./mapping-kind.ts";
import type { Writers } from "./writers.ts";

/**
 * One function a table. They have their owner's rights: who may write one of the tables need not be
 * let into the other one. The application's schema is in their path for the types that expand.sql
 * names without it; nothing else in them is looked up there before PostgreSQL's own.
 */
export function createMoveFunctions(
  schema: string,
  active: ActiveMapping,
  tables: Facts["tables"],
  writers: Writers,
): readonly { readonly name: string; readonly body: Sql; readonly sql: Sql }[] {
  const move = moveOf(schema, active, tables, writers);
  return (["own", "other"] as const).map((on) => {
    const name = moveFunction(on, move.other.table);
    const body = on === "own" ? ownBody(move) : otherBody(move);
    return {
      name,
      body,
      sql: sql`CREATE OR REPLACE FUNCTION ${identifier(LEDGER_SCHEMA, name)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ${identifier(schema)}, pg_temp AS ${dollarQuoted(body)}`,
    };
  });
}

/** Names of the triggers on the two tables. */
export function moveTriggers(
  active: ActiveMapping,
  tables: Facts["tables"],
  writers: Writers,
): readonly TriggerName[] {
  const move = moveOf("", active, tables, writers);
  const { other } = move;
  const own = isCompleted(move) ? MOVE_TRIGGERS.own : (["carry", "settle"] as const);
  return [
    ...own.map((work) => ({ table: active.mapping.table, trigger: moveTrigger(work, other.table) })),
    ...MOVE_TRIGGERS.other.map((work) => ({
      table: other.table,
      trigger: moveTrigger(work, other.table),
    })),
  ];
}

interface TriggerName {
  readonly table: string;
  readonly trigger: string;
}

/**
 * An insert into the own table is carried over when its transaction commits: by then the version
 * that knows the other table has inserted there itself. ALWAYS, as rows that logical replication or
 * a restore writes need their other side too.
 */
export function createMoveTriggers(
  schema: string,
  active: ActiveMapping,
  tables: Facts["tables"],
  writers: Writers,
): readonly Sql[] {
  const move = moveOf(schema, active, tables, writers);
  const { other, ownSide } = move;
  const own = identifier(schema, active.mapping.table);
  const there = identifier(schema, other.table);
  const name = (work: Parameters<typeof moveTrigger>[0]) => identifier(moveTrigger(work, other.table));
  const run = (on: "own" | "other") =>
    sql`EXECUTE FUNCTION ${identifier(LEDGER_SCHEMA, moveFunction(on, other.table))}()`;
  const notFilling = isNotFilling();
  const otherChanged = some([
    ...other.key.map((column) => changed(column, false)),
    sideChanged(active, other.side, tables),
  ]);
  const ownChanged = some([
    ...active.mapping.key.map((column) =>
      changed(column, tables[active.mapping.table]?.columns[column]?.exact ?? false),
    ),
    sideChanged(active, ownSide, tables),
  ]);
  const isIncomplete = some([
    ...completed(move).map((column) => sql`NEW.${identifier(column)} IS NULL`),
    ...(hasDefaults(move) ? [leavesOut(move)] : []),
  ]);
  return [
    sql`CREATE OR REPLACE TRIGGER ${name("carry")} AFTER UPDATE ON ${own} FOR EACH ROW WHEN (${ownChanged} AND ${notFilling}) ${run("own")}`,
    // One that commits late cannot be replaced.
    sql`DROP TRIGGER IF EXISTS ${name("settle")} ON ${own}`,
    sql`CREATE CONSTRAINT TRIGGER ${name("settle")} AFTER INSERT ON ${own} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (${notFilling}) ${run("own")}`,
    ...(isCompleted(move)
      ? [
          sql`CREATE OR REPLACE TRIGGER ${name("complete")} BEFORE INSERT ON ${own} FOR EACH ROW WHEN (${isIncomplete} AND ${notFilling}) ${run("own")}`,
        ]
      : []),
    sql`CREATE OR REPLACE TRIGGER ${name("meet")} BEFORE INSERT ON ${there} FOR EACH ROW WHEN (${notFilling}) ${run("other")}`,
    sql`CREATE OR REPLACE TRIGGER ${name("return")} AFTER INSERT OR DELETE ON ${there} FOR EACH ROW WHEN (${notFilling}) ${run("other")}`,
    sql`CREATE OR REPLACE TRIGGER ${name("change")} AFTER UPDATE ON ${there} FOR EACH ROW WHEN (${otherChanged} AND ${notFilling}) ${run("other")}`,
    sql`CREATE OR REPLACE TRIGGER ${name("empty")} AFTER TRUNCATE ON ${there} FOR EACH STATEMENT ${run("other")}`,
    ...moveTriggers(active, tables, writers).map(
      ({ table, trigger }) =>
        sql`ALTER TABLE ${identifier(schema, table)} ENABLE ALWAYS TRIGGER ${identifier(trigger)}`,
    ),
  ];
}

/**
 * What is not there, as before an expansion's end or after the other table has gone, is
 * passed over.
 */
export function dropMove(schema: string, active: ActiveMapping): readonly Sql[] {
  const { other } = moveOf(schema, active, {});
  const drop = (table: string, work: Parameters<typeof moveTrigger>[0]) =>
    sql`DROP TRIGGER IF EXISTS ${identifier(moveTrigger(work, other.table))} ON ${identifier(schema, table)}`;
  return [
    ...MOVE_TRIGGERS.own.map((work) => drop(active.mapping.table, work)),
    ...MOVE_TRIGGERS.other.map((work) => drop(other.table, work)),
    ...(["own", "other"] as const).map(
      (on) => sql`DROP FUNCTION IF EXISTS ${identifier(LEDGER_SCHEMA, moveFunction(on, other.table))}()`,
    ),
  ];
}
