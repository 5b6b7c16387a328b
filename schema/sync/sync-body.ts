import { catchingFunction, FAILED, isCaught, noteFailed } from "./conversion-errors.ts";
import type { Facts } from "../state/catalog.ts";
import { insertDirection } from "./insert-direction.ts";
import { syncSchema } from "../sql/names.ts";
import { every, identifier, list, sql, type Sql } from "../sql/sql.ts";
import type { ActiveMapping } from "./mapping-kind.ts";
import type { Writers } from "./writers.ts";

/*
 * Nothing in the body is looked up along the writer's search_path: functions are called by their
 * schema, `OPERATOR(pg_catalog.…)` names its own, and records are compared to the last byte (`*=`)
 * or by the equality of their columns' types (`=`), which PostgreSQL finds by the type.
 */

/**
 * The body of a table's trigger function: every active mapping of the table, one after the other.
 */
export function syncBody(mappings: readonly ActiveMapping[], tables: Facts["tables"], writers: Writers): Sql {
  return sql`
DECLARE
  gave_new boolean;
  gave_old boolean;
  pair pg_catalog.record;
  ${identifier(FAILED)} pg_catalog.text;
BEGIN
${list(
  mappings.map((active) => mappingBlock(active, tables, writers)),
  "\n",
)}
  RETURN NEW;
END
`;
}

/**
 * The new side wins where a write gave both, but a pair that agrees already stays as it
 * was written.
 */
function mappingBlock(active: ActiveMapping, tables: Facts["tables"], writers: Writers): Sql {
  const { mapping, created } = active;
  const newNames = created.map((column) => column.column);
  const schema = syncSchema(active.migration);
  const noneOld = every(mapping.old.map((column) => sql`NEW.${identifier(column)} IS NULL`));
  return sql`  IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    ${insertDirection(active, tables, writers)}
    gave_old := NOT gave_new OR NOT (${noneOld});
  ELSE
    gave_new := ${rowOf("NEW", newNames)} OPERATOR(pg_catalog.*<>) ${rowOf("OLD", newNames)};
    gave_old := ${rowOf("NEW", mapping.old)} OPERATOR(pg_catalog.*<>) ${rowOf("OLD", mapping.old)};
  END IF;
  IF gave_new AND gave_old THEN
    ${agreement(active)}
  END IF;
  IF gave_new THEN
    ${assignment("NEW", mapping.old, schema, mapping.toOld, newNames)}
  ELSIF gave_old THEN
    ${isCaught(active, tables) ? caughtAssignment(active, newNames) : assignment("NEW", newNames, schema, mapping.toNew, mapping.old)}
  END IF;`;
}

/**
 * Old values of which toNew makes none, or one that does not fit, agree with nothing: that is not
 * for the one who writes the new side to mend.
 */
function agreement({ mapping, migration, created }: ActiveMapping): Sql {
  const names = created.map((column) => column.column);
  const given = rowOf("NEW", names);
  const made = rowOf("pair", names);
  return sql`BEGIN
      pair := NEW;
      ${assignment("pair", names, syncSchema(migration), mapping.toNew, mapping.old)}
      IF ${given} OPERATOR(pg_catalog.*=) ${made} OR ${given} OPERATOR(pg_catalog.=) ${made} THEN
        gave_new := false;
        gave_old := false;
      END IF;
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;`;
}

/** One target is a plain expression, which PL/pgSQL evaluates without a query of its own. */
function assignment(
  row: "NEW" | "pair",
  targets: readonly string[],
  schema: string,
  name: string,
  sources: readonly string[],
): Sql {
  const call = sql`${identifier(schema, name)}(${fieldsOf("NEW", sources)})`;
  const [target, ...others] = targets;
  if (target !== undefined && others.length === 0) return sql`${fieldsOf(row, targets)} := ${call};`;
  return sql`SELECT made.* INTO ${fieldsOf(row, targets)} FROM ${call} AS made;`;
}

/** What cannot be carried over leaves the new side untouched, and its key is noted. */
function caughtAssignment(active: ActiveMapping, targets: readonly string[]): Sql {
  const call = sql`${identifier(syncSchema(active.migration), catchingFunction(active))}(${fieldsOf("NEW", active.mapping.old)})`;
  const failed = identifier(FAILED);
  return sql`SELECT made.* INTO ${fieldsOf("NEW", targets)}, ${failed} FROM ${call} AS made;
    ${noteFailed(active, failed, sql`NEW`)}`;
}

function rowOf(row: "NEW" | "OLD" | "pair", names: readonly string[]): Sql {
  return sql`CAST(ROW(${fieldsOf(row, names)}) AS pg_catalog.record)`;
}

function fieldsOf(row: "NEW" | "OLD" | "pair", names: readonly string[]): Sql {
  const alias = { NEW: sql`NEW`, OLD: sql`OLD`, pair: sql`pair` }[row];
  return list(names.map((name) => sql`${alias}.${identifier(name)}`));
}
