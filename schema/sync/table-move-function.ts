import { FAILED, noteFailed } from "./conversion-errors.ts";
import {
  agrees,
  assigned,
  called,
  cast,
  fields,
  fieldsOf,
  isAtKey,
  isCompleted,
  isNone,
  isOfOther,
  leavesOut,
  making,
  mayFail,
  same,
  type Move,
} from "./table-move-sides.ts";
import type { Side } from "../migration/manifest.ts";
import { BACKFILL_SETTING } from "../sql/names.ts";
import { identifier, list, literal, sql, type Sql } from "../sql/sql.ts";

/*
 * How two tables are kept in step. Whoever writes one of them looks, right after, at both rows as
 * they are then, with the other one locked, and writes that one only where the two disagree. So a
 * write that a trigger of ours made ends the exchange, as it agrees with what it came from, while
 * what a trigger of the application writes meanwhile is carried over like anything else: nothing
 * depends on who writes, or on how deep in triggers.
 */

/** Runs on the own table. */
export function ownBody(move: Move): Sql {
  const { active, other, ownSide } = move;
  const key = active.mapping.key;
  const mine = fieldsOf(move, ownSide);
  const theirs = fieldsOf(move, other.side);
  const atKey = (alias: string, columns: readonly string[]) => isAtKey(move, alias, columns, sql`NEW`, key);
  const names = list(theirs.map(({ name }) => identifier(name)));
  const keys = list(other.key.map((column) => identifier(column)));
  return sql`
#variable_conflict use_column
DECLARE
  own_side record;
  is_none boolean;
  other_side record;
  made_side record;
  was_side record;
  is_there boolean;
BEGIN${completing(move)}
  SELECT ${fields("o", theirs)} INTO other_side FROM ${identifier(move.schema, other.table)} AS o WHERE ${atKey("o", other.key)} FOR NO KEY UPDATE;
  is_there := FOUND;
  SELECT ${fields("t", mine)} INTO own_side FROM ${identifier(move.schema, active.mapping.table)} AS t WHERE ${atKey("t", key)};
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  ${making(move, ownSide, "own_side")}
  IF NOT is_there AND TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) 'read committed' THEN${refusingUnseen(move)}
  END IF;${noting(move, ownSide, sql`NEW`, key, sql`RETURN NULL;`)}
  IF ${same("other_side", "made_side", theirs)} THEN
    RETURN NULL;
  END IF;
  IF (is_there OR TG_OP OPERATOR(pg_catalog.=) 'UPDATE' OR ${isOfOther(move)}) AND ${agrees(move, other.side, "other_side", "own_side")} THEN
    RETURN NULL;
  END IF;
  IF ${isNone("made_side", theirs)} THEN
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

/**
 * Runs on the other table. Locking the own row first is what an insert can do and an update cannot,
 * as its row is locked when the trigger is asked.
 */
export function otherBody(move: Move): Sql {
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
  IF TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN${refusingTruncate(move)}
    RETURN NULL;
  END IF;
  IF TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE' THEN
    PERFORM FROM ${own} AS t WHERE ${at("t", key, sql`NEW`)} FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
  FOR pass IN 1 .. 2 LOOP
    -- A row whose key changes is one that goes and one that comes.
    IF pass OPERATOR(pg_catalog.=) 1 THEN
      CONTINUE WHEN TG_OP OPERATOR(pg_catalog.=) 'INSERT' OR (TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND ${keyOf(sql`NEW`)} OPERATOR(pg_catalog.*=) ${keyOf(sql`OLD`)});
      at_key := OLD;
    ELSE
      EXIT WHEN TG_OP OPERATOR(pg_catalog.=) 'DELETE';
      at_key := NEW;
    END IF;
    SELECT ${fields("t", mine)} INTO own_side FROM ${own} AS t WHERE ${at("t", key, sql`at_key`)} FOR NO KEY UPDATE;
    CONTINUE WHEN NOT FOUND;
    SELECT ${fields("o", theirs)} INTO other_side FROM ${identifier(move.schema, other.table)} AS o WHERE ${at("o", other.key, sql`at_key`)};
    ${making(move, other.side, "other_side")}${noting(move, other.side, sql`at_key`, other.key, sql`CONTINUE;`)}
    IF ${same("own_side", "made_side", mine)} OR ${agrees(move, ownSide, "own_side", "other_side")} THEN
      IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN${touching(move)}
      END IF;
      CONTINUE;
    END IF;
    UPDATE ${own} AS t SET ${assigned(mine)} WHERE ${at("t", key, sql`at_key`)};
  END LOOP;
  RETURN NULL;
END
`;
}

/** What cannot be carried over leaves the other side as it is, and its key is noted. */
function noting(move: Move, from: Side, row: Sql, key: readonly string[], after: Sql): Sql {
  if (!mayFail(move, from)) return sql``;
  return sql`
  ${noteFailed(move.active, identifier("made_side", FAILED), row, key, after)}`;
}

/**
 * An insert by the version that has its side in the other table gets what stands for no row there.
 * One by any version gets it wherever it gives a column no value that requires one.
 */
function completing(move: Move): Sql {
  const { other, ownSide } = move;
  if (!isCompleted(move)) return sql``;
  const mine = fieldsOf(move, ownSide);
  const none = fieldsOf(move, other.side).map(({ type }) => cast(sql`NULL`, type));
  const assigned = mine.map(({ name }) => {
    const field = sql`NEW.${identifier(name)}`;
    return sql`    IF is_none OR ${field} IS NULL THEN ${field} := own_side.${identifier(name)}; END IF;`;
  });
  return sql`
  IF TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE' THEN
    is_none := ${leavesOut(move)};
    SELECT made.* INTO own_side FROM ${called(move, other.side, none)};
${list(assigned, "\n")}
    RETURN NEW;
  END IF;`;
}

/**
 * A row of the other table that came after this transaction's snapshot is there and cannot be seen.
 * Only an insert in its place meets it, and raises 40001; where it meets none, it is taken back.
 */
function refusingUnseen(move: Move): Sql {
  const { active, other, ownSide } = move;
  const theirs = fieldsOf(move, other.side);
  const was = fieldsOf(move, ownSide).map(({ name }) => sql`OLD.${identifier(name)}`);
  const columns = list([...other.key, ...theirs.map(({ name }) => name)].map((name) => identifier(name)));
  const keys = list(active.mapping.key.map((column) => sql`NEW.${identifier(column)}`));
  return sql`
    SELECT ${fields("made", theirs)} INTO was_side FROM ${called(move, ownSide, was)};
    BEGIN
      PERFORM pg_catalog.set_config(${literal(BACKFILL_SETTING)}, 'on', true);
      INSERT INTO ${identifier(move.schema, other.table)} (${columns}) VALUES (${keys}, ${fields("was_side", theirs)}) ON CONFLICT (${list(other.key.map((column) => identifier(column)))}) DO NOTHING;
      RAISE SQLSTATE ${literal(TAKEN_BACK)};
    EXCEPTION WHEN SQLSTATE ${literal(TAKEN_BACK)} OR not_null_violation OR check_violation THEN
      NULL;
    END;`;
}

const TAKEN_BACK = "ZD000";

/**
 * A row that comes beside an own one of which none is made leaves that one as it is, and a
 * transaction with an older snapshot could write it and see no row to carry its write over to. A
 * new version of the own row makes that transaction fail with 40001.
 */
function touching(move: Move): Sql {
  const { active, other, ownSide } = move;
  const { table, key } = active.mapping;
  const theirs = fieldsOf(move, other.side);
  const inputs = fieldsOf(move, ownSide).map(({ name }) => identifier("own_side", name));
  const same = list(key.map((column) => sql`${identifier(column)} = ${identifier("t", column)}`));
  return sql`
        UPDATE ${identifier(move.schema, table)} AS t SET ${same} WHERE ${isAtKey(move, "t", key, sql`at_key`, other.key)} AND (SELECT ${isNone("made", theirs)} FROM ${called(move, ownSide, inputs)});`;
}

/** Rows do not fire then, so nothing would be carried over; both tables may be emptied together. */
function refusingTruncate(move: Move): Sql {
  const { active, other, ownSide } = move;
  const { table } = active.mapping;
  const theirs = fieldsOf(move, other.side);
  const inputs = fieldsOf(move, ownSide).map(({ name }) => identifier("t", name));
  return sql`
    IF EXISTS (SELECT FROM ${identifier(move.schema, table)} AS t CROSS JOIN LATERAL ${called(move, ownSide, inputs)} WHERE NOT (${isNone("made", theirs)})) THEN
      RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = ${literal(
        `Cannot truncate ${other.table} as its rows are kept in step with ${table} during a release, and TRUNCATE shows none of them to triggers: DELETE them, or truncate both tables in one statement`,
      )};
    END IF;`;
}
