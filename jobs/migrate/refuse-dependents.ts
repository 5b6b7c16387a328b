import type { Migration } from "../../schema/migration.ts";
import { TRIGGER_PREFIX } from "../../schema/names.ts";
import { sql } from "../../schema/sql.ts";
import { Refusal } from "./refusal.ts";
import type { Runner } from "./runner.ts";

/**
 * Looks, before contract begins, for what would stop it at its last statement.
 * @throws {Refusal} naming views, triggers and others that use a column which goes, unless contract.sql drops them itself
 */
export async function refuseDependents(runner: Runner, migrations: readonly Migration[]): Promise<void> {
  for (const migration of migrations) {
    const droppedToo = migration.contract.flatMap(({ effect }) =>
      effect.kind === "drop" ? effect.names : [],
    );
    for (const { table, columns } of droppedBy(migration)) {
      const users = await usersOf(runner, table, columns);
      const left = users.filter((user) => !droppedToo.some((name) => name !== table && user.includes(name)));
      if (left.length === 0) continue;
      throw new Refusal(
        `Cannot contract ${migration.id} as nothing else may use what it drops: ${left.join("; ")} ${left.length === 1 ? "uses" : "use"} ${columns.join(", ")} of ${table}. Drop or change that first; everything is as it was`,
        { dependents: left.length },
      );
    }
  }
}

/** Columns that contract.sql drops, one by one or, of a side of a mapping, with its table. */
function droppedBy(migration: Migration): readonly { table: string; columns: readonly string[] }[] {
  const alone = migration.contract.flatMap(({ effect }) =>
    effect.kind === "alter-table"
      ? [
          {
            table: effect.table.name,
            columns: effect.actions.flatMap((action) =>
              action.kind === "drop-column" && !action.cascade ? [action.column] : [],
            ),
          },
        ]
      : [],
  );
  const whole = migration.mappings.flatMap(({ old, other }) =>
    other?.side === "old" ? [{ table: other.table, columns: [...other.key, ...old] }] : [],
  );
  return [...alone, ...whole];
}

/** What PostgreSQL would refuse to drop a column for, as it describes it. */
async function usersOf(
  runner: Runner,
  table: string,
  columns: readonly string[],
): Promise<readonly string[]> {
  const rows = await runner.worker.rows<{ description: string }>(
    sql`SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS description
FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON (a.attrelid, a.attnum) = (c.oid, d.refobjsubid)
WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'n' AND n.nspname = $1 AND c.relname = $2 AND a.attname = ANY ($3)
AND NOT (d.classid = 'pg_catalog.pg_trigger'::regclass AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS g WHERE g.oid = d.objid AND pg_catalog.starts_with(g.tgname, $4)))
-- A check of the table itself depends in two ways, and goes with its column.
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS o WHERE (o.classid, o.objid, o.objsubid, o.refclassid, o.refobjid) = (d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid) AND o.deptype IN ('a', 'i'))
ORDER BY 1`,
    // Our own triggers go with the columns.
    [runner.settings.schema, table, columns, TRIGGER_PREFIX],
  );
  return rows.map((row) => row.description);
}
