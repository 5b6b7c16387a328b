import { droppedObjects, type Drop } from "../../../schema/migration/dropped-objects.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { TRIGGER_PREFIX } from "../../../schema/sql/names.ts";
import { list, sql } from "../../../schema/sql/sql.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import { codeOf } from "../database/database-errors.ts";

/**
 * Looks, before contract begins, for what would stop it at its last statement.
 * @throws {Refusal} naming views, triggers and others that use a column or table to be dropped,
 *   unless contract.sql has dropped them by then
 */
export async function refuseDependents(runner: Runner, migrations: readonly Migration[]): Promise<void> {
  for (const migration of migrations) {
    const begun: Going[] = [];
    for (const drops of droppedObjects(migration)) {
      const going: Going[] = [];
      for (const drop of drops) going.push(await lookUp(runner, drop));
      begun.push(...going);
      for (const one of going.filter(({ drop }) => drop.isFinal))
        await refuseUsers(runner, migration, one, begun);
    }
  }
}

/** @param begun what contract.sql has dropped by then, including this */
async function refuseUsers(
  runner: Runner,
  migration: Migration,
  dropped: Going,
  begun: readonly Going[],
): Promise<void> {
  const users = await usersOf(runner, dropped, begun);
  if (users.length === 0) return;
  throw new Refusal(
    `Cannot contract ${migration.id} as nothing else may use what it drops: ${users.join("; ")} ${users.length === 1 ? "uses" : "use"} ${dropped.drop.name}. Drop or change that first; everything is as it was`,
    { dependents: users.length },
  );
}

/** What is dropped, with its places in the catalog. */
interface Going {
  readonly drop: Drop;
  readonly addresses: readonly Address[];
}

/** As in `pg_depend`. */
interface Address extends Record<string, unknown> {
  readonly classid: number;
  readonly objid: number;
  /** The number of a column; 0 for the whole of anything. */
  readonly objsubid: number;
}

const UNDEFINED_OBJECT = "42704";

/** Finds what the statement will find when its turn comes. */
async function lookUp({ worker, settings }: Runner, drop: Drop): Promise<Going> {
  const { addresses } = drop;
  if (addresses.length === 0) return { drop, addresses: [] };
  const found = () => worker.rows<Address>(list(addresses, " UNION ALL "));
  try {
    return { drop, addresses: await worker.whileSearchingIn([settings.schema], found) };
  } catch (error) {
    // Before PostgreSQL 16 a function's argument of a type that is not there is an error, and there
    // is no such function.
    if (codeOf(error) !== UNDEFINED_OBJECT) throw error;
    return { drop, addresses: [] };
  }
}

/** Where one thing depends on another: on all of it, or on the column that is dropped. */
const ON = sql`d.refclassid = g.classid AND d.refobjid = g.objid AND g.objsubid IN (0, d.refobjsubid)`;

/**
 * PostgreSQL 14 silently drops a generated column with a column that it is computed from; later
 * versions refuse to.
 */
const IS_GENERATED = sql`(d.deptype = 'a' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objsubid > 0 AND g.objsubid > 0)`;

/**
 * What would make PostgreSQL refuse the drop, as it describes it; without what is dropped
 * automatically.
 */
async function usersOf(
  { worker }: Runner,
  dropped: Going,
  begun: readonly Going[],
): Promise<readonly string[]> {
  const all = begun.flatMap((going) =>
    going.addresses.map((address) => ({ address, cascade: going.drop.cascade, isAsked: going === dropped })),
  );
  const rows = await worker.rows<{ description: string }>(
    sql`WITH RECURSIVE going AS (
  SELECT * FROM unnest($1::oid[], $2::oid[], $3::int[], $4::bool[], $5::bool[]) AS begun (classid, objid, objsubid, cascades, asked)
  UNION SELECT d.classid, d.objid, d.objsubid, g.cascades, g.asked FROM going AS g JOIN pg_catalog.pg_depend AS d ON ${ON}
  WHERE (d.deptype <> 'n' AND NOT ${IS_GENERATED}) OR g.cascades
)
SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS description FROM going AS g JOIN pg_catalog.pg_depend AS d ON ${ON}
WHERE g.asked AND (d.deptype = 'n' OR ${IS_GENERATED})
AND NOT EXISTS (SELECT FROM going AS o WHERE o.classid = d.classid AND o.objid = d.objid AND o.objsubid IN (0, d.objsubid))
AND NOT (d.classid = 'pg_catalog.pg_trigger'::regclass AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.oid = d.objid AND pg_catalog.starts_with(t.tgname, $6)))
ORDER BY 1`,
    [
      all.map(({ address }) => address.classid),
      all.map(({ address }) => address.objid),
      all.map(({ address }) => address.objsubid),
      all.map(({ cascade }) => cascade),
      all.map(({ isAsked }) => isAsked),
      // Our own triggers are dropped with the columns.
      TRIGGER_PREFIX,
    ],
  );
  return rows.map((row) => row.description);
}
