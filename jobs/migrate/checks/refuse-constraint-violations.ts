import { contractDemands, type Demand } from "../../../schema/checks/new-constraints.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { sql } from "../../../schema/sql/sql.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import { codeOf, messageOf } from "../database/database-errors.ts";

/**
 * Looks, before contract begins, for rows that violate the constraints which contract.sql adds:
 * once it has begun there is no way back, and it would stay half done until somebody has cleaned
 * up.
 * @throws {Refusal} with each constraint, the number of violations, and the query that shows them
 */
export async function refuseConstraintViolations(
  runner: Runner,
  migrations: readonly Migration[],
): Promise<void> {
  const { schema } = runner.settings;
  for (const migration of migrations) {
    const unmet: string[] = [];
    let broken = 0;
    for (const demand of contractDemands(migration, schema)) {
      const found = await countBroken(runner, demand);
      broken += found;
      if (found > 0) unmet.push(told(demand, found));
    }
    if (unmet.length > 0) {
      throw new Refusal(
        `Cannot contract ${migration.id} as rows that are there break what contract.sql adds: ${unmet.join("; and ")}. Clean them, then repeat the stage; everything is as it was`,
        { brokenDemands: unmet.length, broken },
      );
    }
  }
}

function told({ label, table, finds, broken }: Demand, found: number): string {
  const one = found === 1;
  const what =
    finds === "rows"
      ? `${found} ${one ? "row breaks" : "rows break"}`
      : `${found} ${one ? "value is" : "values are"} in more than one row, against`;
  return `${what} ${label} of ${table} (see ${broken.text})`;
}

/**
 * What does not exist yet, such as a column that contract.sql adds, and what cannot be compared.
 */
const UNKNOWN = /^42/;

async function countBroken({ worker, settings, log }: Runner, demand: Demand): Promise<number> {
  log(`Look whether all rows of ${demand.table} meet ${demand.label}`);
  const count = sql`SELECT count(*)::int AS n FROM (${demand.broken}) AS broken`;
  try {
    const [row] = await worker.whileSearchingIn([settings.schema], () => worker.rows<{ n: number }>(count));
    return row?.n ?? 0;
  } catch (error) {
    if (!UNKNOWN.test(codeOf(error))) throw error;
    log(
      `Cannot tell beforehand whether all rows of ${demand.table} meet ${demand.label}: ${messageOf(error)}`,
    );
    return 0;
  }
}
