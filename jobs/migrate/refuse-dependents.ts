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
    for (const dropped of droppedBy(migration)) {
      const { table, columns } = dropped;
      const users = await usersOf(runner, dropped);
      const left = users.filter((user) => !droppedToo.some((name) => name !== table && user.includes(name)));
      if (left.length === 0) continue;
      throw new Refusal(
        `Cannot contract ${migration.id} as nothing else may use what it drops: ${left.join("; ")} ${left.length === 1 ? "uses" : "use"} ${columns === null ? table : `${columns.join(", ")} of ${table}`}. Drop or change that first; everything is as it was`,
        { dependents: left.length },
      );
    }
  }
}

interface Dropped {
  readonly table: string;
  /** Null where the whole table goes. */
  readonly columns: readonly string[] | null;
}

/** Columns that contract.sql drops one by one, and the tables of sides of a mapping. */
function droppedBy(migration: Migration): readonly Dropped[] {
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
  const whole = migration.mappings.flatMap(({ other }) =>
    other?.side === "old" ? [{ table: other.table, columns: null }] : [],
  );
  return [...alone, ...whole];
}

/** What PostgreSQL would refuse to drop a column or a table for, as it describes it: of a table also what reads none of its columns. */
async function usersOf(runner: Runner, { table, columns }: Dropped): Promise<readonly string[]> {
  const rows = await runner.worker.rows<{ description: string }>(
    sql`SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS description
FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a ON (a.attrelid, a.attnum) = (c.oid, d.refobjsubid)
WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'n' AND n.nspname = $1 AND c.relname = $2 AND ($3::text[] IS NULL OR a.attname = ANY ($3))
AND NOT (d.classid = 'pg_catalog.pg_trigger'::regclass AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS g WHERE g.oid = d.objid AND pg_catalog.starts_with(g.tgname, $4)))
-- A check of the table itself depends in two ways, and goes with its column.
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS o WHERE (o.classid, o.objid, o.objsubid, o.refclassid, o.refobjid) = (d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid) AND o.deptype IN ('a', 'i'))
ORDER BY 1`,
    // Our own triggers go with the columns.
    [runner.settings.schema, table, columns, TRIGGER_PREFIX],
  );
  return rows.map((row) => row.description);
}
