import { compare, POSTGRES } from "./compare.ts";
import type { Facts } from "./facts.ts";
import { columnsOf, homeOf, type OtherTable, type Side } from "./manifest.ts";
import { LEDGER_SCHEMA, MOVE_TRIGGERS, moveFunction, moveTrigger, syncSchema } from "./names.ts";
import { dollarQuoted, every, identifier, list, some, sql, verbatim, type Sql } from "./sql.ts";
import { changed, isNotFilling, sideChanged, type ActiveMapping } from "./sync-trigger.ts";

/*
 * How two tables are kept in step. Whoever writes one of them looks, right after, at both rows as they are then, with the other one locked, and writes that
 * one only where the two disagree. So a write that a trigger of ours made ends the exchange, as it agrees with what it came from, while what a trigger of the
 * application writes meanwhile is carried over like anything else: nothing depends on who writes, or on how deep in triggers.
 */

/** What the SQL of a move is made of. */
interface Move {
  readonly active: ActiveMapping;
  readonly other: OtherTable;
  /** The application's schema. */
  readonly schema: string;
  readonly tables: Facts["tables"];
  /** The side in the mapping's own table. */
  readonly ownSide: Side;
}

/** A column of one side. */
interface Field {
  readonly name: string;
  /** Null where nobody knows it, as in a preview. */
  readonly type: Sql | null;
  /** As what its values are compared: its type, but without a length, as a cast to one would cut what is too long and a write refuses. */
  readonly compared: Sql | null;
}

/**
 * One function a table. They have their owner's rights: who may write one of the tables need not be let into the other one. The application's schema is in their
 * path for the types that expand.sql names without it; nothing else in them is looked up there before PostgreSQL's own.
 */
export function createMoveFunctions(
  schema: string,
  active: ActiveMapping,
  tables: Facts["tables"],
): readonly { readonly name: string; readonly body: Sql; readonly sql: Sql }[] {
  const move = moveOf(schema, active, tables);
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
export function moveTriggers(active: ActiveMapping, tables: Facts["tables"]): readonly TriggerName[] {
  const move = moveOf("", active, tables);
  const { other } = move;
  const own = completed(move).length > 0 ? MOVE_TRIGGERS.own : (["carry", "settle"] as const);
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
 * An insert into the own table is carried over when its transaction commits: by then the version that knows the other table has inserted there itself. ALWAYS, as
 * rows that logical replication or a restore writes need their other side too.
 */
export function createMoveTriggers(
  schema: string,
  active: ActiveMapping,
  tables: Facts["tables"],
): readonly Sql[] {
  const move = moveOf(schema, active, tables);
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
  const isIncomplete = some(completed(move).map((column) => sql`NEW.${identifier(column)} IS NULL`));
  return [
    sql`CREATE OR REPLACE TRIGGER ${name("carry")} AFTER UPDATE ON ${own} FOR EACH ROW WHEN (${ownChanged} AND ${notFilling}) ${run("own")}`,
    // One that commits late cannot be replaced.
    sql`DROP TRIGGER IF EXISTS ${name("settle")} ON ${own}`,
    sql`CREATE CONSTRAINT TRIGGER ${name("settle")} AFTER INSERT ON ${own} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (${notFilling}) ${run("own")}`,
    ...(completed(move).length > 0
      ? [
          sql`CREATE OR REPLACE TRIGGER ${name("complete")} BEFORE INSERT ON ${own} FOR EACH ROW WHEN (${isIncomplete} AND ${notFilling}) ${run("own")}`,
        ]
      : []),
    sql`CREATE OR REPLACE TRIGGER ${name("meet")} BEFORE INSERT ON ${there} FOR EACH ROW WHEN (${notFilling}) ${run("other")}`,
    sql`CREATE OR REPLACE TRIGGER ${name("return")} AFTER INSERT OR DELETE ON ${there} FOR EACH ROW WHEN (${notFilling}) ${run("other")}`,
    sql`CREATE OR REPLACE TRIGGER ${name("change")} AFTER UPDATE ON ${there} FOR EACH ROW WHEN (${otherChanged} AND ${notFilling}) ${run("other")}`,
    ...moveTriggers(active, tables).map(
      ({ table, trigger }) =>
        sql`ALTER TABLE ${identifier(schema, table)} ENABLE ALWAYS TRIGGER ${identifier(trigger)}`,
    ),
  ];
}

/** What is not there, as before an expansion's end or after the other table has gone, is passed over. */
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

/** Runs on the own table. A row that is inserted without a value that its column requires gets, wherever it has none, what stands for a row without another one. */
function ownBody(move: Move): Sql {
  const { active, other, ownSide } = move;
  const key = active.mapping.key;
  const mine = fieldsOf(move, ownSide);
  const theirs = fieldsOf(move, other.side);
  const atKey = (alias: string, columns: readonly string[]) => isAtKey(move, alias, columns, sql`NEW`, key);
  const complete =
    completed(move).length === 0
      ? sql``
      : sql`
  IF TG_WHEN = 'BEFORE' THEN
    SELECT made.* INTO own_side FROM ${called(
      move,
      other.side,
      theirs.map(({ type }) => cast(sql`NULL`, type)),
    )};
${list(
  mine.map(({ name }) => {
    const field = sql`NEW.${identifier(name)}`;
    return sql`    IF ${field} IS NULL THEN ${field} := own_side.${identifier(name)}; END IF;`;
  }),
  "\n",
)}
    RETURN NEW;
  END IF;`;
  const names = list(theirs.map(({ name }) => identifier(name)));
  const keys = list(other.key.map((column) => identifier(column)));
  return sql`
#variable_conflict use_column
DECLARE
  own_side record;
  other_side record;
  made_side record;
  is_there boolean;
BEGIN${complete}
  SELECT ${fields("o", theirs)} INTO other_side FROM ${identifier(move.schema, other.table)} AS o WHERE ${atKey("o", other.key)} FOR NO KEY UPDATE;
  is_there := FOUND;
  SELECT ${fields("t", mine)} INTO own_side FROM ${identifier(move.schema, active.mapping.table)} AS t WHERE ${atKey("t", key)};
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  ${making(move, ownSide, "own_side")}
  IF ${same("other_side", "made_side", theirs)} THEN
    RETURN NULL;
  END IF;
  IF (is_there OR TG_OP = 'UPDATE') AND ${agrees(move, other.side, "other_side", "own_side")} THEN
    RETURN NULL;
  END IF;
  IF ${every(theirs.map(({ name }) => sql`made_side.${identifier(name)} IS NULL`))} THEN
    DELETE FROM ${identifier(move.schema, other.table)} AS o WHERE ${atKey("o", other.key)};
  ELSIF is_there THEN
    UPDATE ${identifier(move.schema, other.table)} AS o SET ${assigned(theirs)} WHERE ${atKey("o", other.key)};
  ELSE
    INSERT INTO ${identifier(move.schema, other.table)} (${keys}, ${names}) VALUES (${list(key.map((column) => sql`NEW.${identifier(column)}`))}, ${fields("made_side", theirs)})
    ON CONFLICT (${keys}) DO UPDATE SET ${list(theirs.map(({ name }) => sql`${identifier(name)} = ${identifier("excluded", name)}`))};
  END IF;
  RETURN NULL;
END
`;
}

/** Runs on the other table. Locking the own row first is what an insert can do and an update cannot, as its row is locked when the trigger is asked. */
function otherBody(move: Move): Sql {
  const { active, other, ownSide } = move;
  const key = active.mapping.key;
  const mine = fieldsOf(move, ownSide);
  const theirs = fieldsOf(move, other.side);
  const own = identifier(move.schema, active.mapping.table);
  const at = (alias: string, columns: readonly string[], row: Sql) =>
    isAtKey(move, alias, columns, row, other.key);
  const keyOf = (version: Sql) =>
    sql`ROW(${list(other.key.map((column) => sql`${version}.${identifier(column)}`))})::record`;
  return sql`
#variable_conflict use_column
DECLARE
  at_key record;
  own_side record;
  other_side record;
  made_side record;
BEGIN
  IF TG_WHEN = 'BEFORE' THEN
    PERFORM FROM ${own} AS t WHERE ${at("t", key, sql`NEW`)} FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
  FOR pass IN 1 .. 2 LOOP
    -- A row whose key changes is one that goes and one that comes.
    IF pass = 1 THEN
      CONTINUE WHEN TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND ${keyOf(sql`NEW`)} OPERATOR(pg_catalog.*=) ${keyOf(sql`OLD`)});
      at_key := OLD;
    ELSE
      EXIT WHEN TG_OP = 'DELETE';
      at_key := NEW;
    END IF;
    SELECT ${fields("t", mine)} INTO own_side FROM ${own} AS t WHERE ${at("t", key, sql`at_key`)} FOR NO KEY UPDATE;
    CONTINUE WHEN NOT FOUND;
    SELECT ${fields("o", theirs)} INTO other_side FROM ${identifier(move.schema, other.table)} AS o WHERE ${at("o", other.key, sql`at_key`)};
    ${making(move, other.side, "other_side")}
    CONTINUE WHEN ${same("own_side", "made_side", mine)};
    CONTINUE WHEN ${agrees(move, ownSide, "own_side", "other_side")};
    UPDATE ${own} AS t SET ${assigned(mine)} WHERE ${at("t", key, sql`at_key`)};
  END LOOP;
  RETURN NULL;
END
`;
}

/** Whether a row of one of the tables has the key that a row in a variable has; both tables' keys are compared as the own one's is. */
function isAtKey(
  { active, tables }: Move,
  alias: string,
  columns: readonly string[],
  row: Sql,
  given: readonly string[],
): Sql {
  const { table, key } = active.mapping;
  return every(
    columns.map((column, index) =>
      compare(
        identifier(alias, column),
        "=",
        sql`${row}.${identifier(given[index] ?? "")}`,
        tables[table]?.columns[key[index] ?? ""]?.comparison ?? POSTGRES,
      ),
    ),
  );
}

function assigned(columns: readonly Field[]): Sql {
  return list(columns.map(({ name }) => sql`${identifier(name)} = made_side.${identifier(name)}`));
}

/** Puts what one side becomes into `made_side`. */
function making(move: Move, from: Side, source: string): Sql {
  const targets = fieldsOf(move, opposite(from));
  const inputs = fieldsOf(move, from).map(({ name }) => identifier(source, name));
  return sql`SELECT ${fields("made", targets)} INTO made_side FROM ${called(move, from, inputs)};`;
}

/** Whether one side, made of the other one, is what it is. */
function agrees(move: Move, from: Side, source: string, found: string): Sql {
  const targets = fieldsOf(move, opposite(from));
  const inputs = fieldsOf(move, from).map(({ name }) => identifier(source, name));
  const made = values("made", targets);
  return sql`coalesce((SELECT ${imageOf(made)} OPERATOR(pg_catalog.*=) ${imageOf(values(found, targets))} FROM ${called(move, from, inputs)}), false)`;
}

function same(one: string, another: string, columns: readonly Field[]): Sql {
  return sql`${imageOf(values(one, columns))} OPERATOR(pg_catalog.*=) ${imageOf(values(another, columns))}`;
}

/** Compared to the last byte, which asks no operator of the columns' types. */
function imageOf(parts: readonly Sql[]): Sql {
  return sql`ROW(${list(parts)})::record`;
}

function values(source: string, columns: readonly Field[]): readonly Sql[] {
  return columns.map(({ name, compared }) => cast(identifier(source, name), compared));
}

function cast(value: Sql, type: Sql | null): Sql {
  return type === null ? value : sql`CAST(${value} AS ${type})`;
}

/** The function that takes a side to the opposite one, in FROM. */
function called({ active }: Move, from: Side, inputs: readonly Sql[]): Sql {
  const { mapping, migration } = active;
  const name = from === "old" ? mapping.toNew : mapping.toOld;
  const outputs = columnsOf(mapping, opposite(from)).map((column) => identifier(column));
  return sql`${identifier(syncSchema(migration), name)}(${list(inputs)}) AS made (${list(outputs)})`;
}

function fields(source: string, columns: readonly Field[]): Sql {
  return list(columns.map(({ name }) => identifier(source, name)));
}

function fieldsOf({ active, tables }: Move, side: Side): readonly Field[] {
  if (side === "new") {
    return active.created.map(({ column, type, typeName }) => ({
      name: column,
      type,
      compared: unlimited(type, typeName),
    }));
  }
  const known = tables[homeOf(active.mapping, "old").table]?.columns ?? {};
  return active.mapping.old.map((name) => {
    const found = known[name]?.type;
    if (found === undefined) return { name, type: null, compared: null };
    const type = verbatim(found);
    return { name, type, compared: unlimited(type, /^\w+/.exec(found)?.[0] ?? "") };
  });
}

/**
 * Of varchar(40), char(3), bit(8) and varbit(8), of which a cast cuts what is too long; elsewhere it makes of a value what a write makes of it. Domains over them
 * are not moved.
 *
 * @param name what the parser or the catalog calls it
 */
function unlimited(type: Sql, name: string): Sql {
  const isArray = type.text.endsWith("[]");
  if (["varchar", "bpchar", "character"].includes(name)) return isArray ? sql`text[]` : sql`text`;
  if (["bit", "varbit"].includes(name)) return isArray ? sql`varbit[]` : sql`varbit`;
  return type;
}

/** Columns of the own table that require a value, now or when they are filled. */
function completed({ active, tables, ownSide }: Move): readonly string[] {
  const { mapping } = active;
  if (ownSide === "new") return mapping.new.filter((column) => column.required).map((column) => column.name);
  const known = tables[mapping.table]?.columns ?? {};
  return mapping.old.filter((column) => known[column]?.notNull ?? false);
}

function opposite(side: Side): Side {
  return side === "old" ? "new" : "old";
}

/** @throws {Error} where both sides are in one table, and a single trigger sees both */
function moveOf(schema: string, active: ActiveMapping, tables: Facts["tables"]): Move {
  const { other } = active.mapping;
  if (other === undefined) throw new Error(`Cannot move ${active.mapping.table} as it is the only table`);
  return { active, other, schema, tables, ownSide: opposite(other.side) };
}
