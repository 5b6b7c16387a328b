import type { Facts } from "../../../schema/state/catalog.ts";
import type { KeyRange } from "../../../schema/sql/key-ranges.ts";
import { homeOf } from "../../../schema/migration/manifest.ts";
import type { MappedTable } from "../../../schema/rows/mapped-rows.ts";
import { countRaising, countRoundTrip, createRaisingFunction } from "../../../schema/rows/mapping-queries.ts";
import type { Walk } from "../../../schema/plan/change.ts";
import { countRows } from "../backfill/count-rows.ts";
import { Refusal } from "../refusal.ts";
import { refuseProbes } from "./refuse-probes.ts";
import type { Runner } from "../runner.ts";
import { isConnectionLoss } from "../database/database-errors.ts";

interface Raised {
  rows: number;
  keys: string[];
  message: string;
}

/**
 * Checks, before anything is added, what the functions would do to existing values and to those
 * that either version may write.
 * @throws {Refusal} when a required value would be missing, a function raises, or values would not
 *   come back and the policy is to refuse
 */
export async function refuseLosses(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  facts: Facts,
): Promise<void> {
  const { mapping } = walk.active;
  const table = facts.tables[mapping.table];
  const place = `${homeOf(mapping, "old").table}.${mapping.old.join(", ")}`;
  await refuseProbes(runner, mapped, facts);

  const raised: Raised = { rows: 0, keys: [], message: "" };
  const counts = await countRows(
    runner,
    mapped,
    walk.label,
    table?.estimatedRows ?? -1,
    (range) => countRoundTrip(mapped, range),
    (range, error) => countRaised(runner, mapped, range, error, raised),
  );
  runner.figures.nonRoundTripRows += counts.bad;
  const such = (keys: readonly string[]) => `such as those with ${mapping.key.join(", ")} ${keys.join("; ")}`;
  if (raised.rows > 0) {
    throw new Refusal(
      `Cannot expand as ${mapping.toNew} and ${mapping.toOld} must give a value for every row: they raise "${raised.message}" for ${raised.rows} rows of ${place}, ${such(raised.keys)}. Change the functions, or the columns' types; nothing was added`,
      { raisingRows: raised.rows, raisingKeys: raised.keys },
    );
  }
  if (counts.second > 0) {
    throw new Refusal(
      `Cannot expand as ${mapping.toNew} must give every required column a value, and none that is too long: it does not for ${counts.second} of ${counts.rows} rows of ${place}, ${such(counts.keys)}. Change the function, or the column; nothing was added`,
      { nonRoundTripRows: counts.bad, missingRows: counts.second },
    );
  }
  if (counts.bad > 0 && mapping.roundTrip === "refuse") {
    throw new Refusal(
      `Cannot expand as every value of ${place} must survive ${mapping.toNew} followed by ${mapping.toOld}: ${counts.bad} of ${counts.rows} rows do not, ${such(counts.keys)}. Change the functions, or accept it with "roundTrip: archive" in migration.yaml; nothing was added`,
      { nonRoundTripRows: counts.bad },
    );
  }
  runner.log(
    counts.bad === 0
      ? `All ${counts.rows} values of ${place} survive there and back`
      : `${counts.bad} of ${counts.rows} values of ${place} do not survive there and back, ${such(counts.keys)}; they stay as they are until contract archives them`,
  );
  await runner.worker.transaction(() => runner.store.recordStep(walk.migration, walk.name, 0));
}

/**
 * Row by row, each in its own attempt: only where PostgreSQL has refused to count a range
 * as a whole.
 */
async function countRaised(
  runner: Runner,
  mapped: MappedTable,
  range: KeyRange,
  error: unknown,
  raised: Raised,
): Promise<void> {
  if (isConnectionLoss(error)) throw error;
  const text = countRaising(mapped, range);
  const { worker } = runner;
  const [row] = await worker.trial(async () => {
    await worker.run(createRaisingFunction(mapped));
    return worker.rows<{ rows: number; keys: string[] | null; message: string | null }>(
      text.sql,
      text.values,
    );
  });
  if (row === undefined || row.rows === 0) throw error;
  raised.rows += row.rows;
  raised.keys.push(...(row.keys ?? []).slice(0, 5 - raised.keys.length));
  raised.message ||= row.message ?? "";
}
