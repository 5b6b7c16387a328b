import { countHeld, forgetNotes, heldQuery } from "../../../schema/rows/held-rows.ts";
import { homeOf } from "../../../schema/migration/manifest.ts";
import type { MappedTable } from "../../../schema/rows/mapped-rows.ts";
import type { Walk } from "../../../schema/plan/change.ts";
import { countRows } from "../backfill/count-rows.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";

/**
 * Looks for rows that the old version wrote and the mapping could not carry over. Notes of rows
 * that a person has fixed are removed.
 *
 * @throws {Refusal} when the new version would miss a value, with the query that shows where
 */
export async function refuseHeld(
  runner: Runner,
  walk: Walk,
  mapped: MappedTable,
  estimate: number,
): Promise<void> {
  if (!mapped.catches) return;
  const { mapping } = walk.active;
  const counts = await countRows(
    runner,
    mapped,
    `Look for rows of ${mapping.table} that ${mapping.toNew} made no value of`,
    estimate,
    (range) => countHeld(mapped, range),
  );
  while ((await runner.worker.run(forgetNotes(mapped))) > 0) continue;
  const held = counts.bad + counts.second;
  if (held === 0) return;
  const old = `${homeOf(mapping, "old").table}.${mapping.old.join(", ")}`;
  const fresh = `${homeOf(mapping, "new").table}.${mapping.new.map(({ name }) => name).join(", ")}`;
  throw new Refusal(
    `Cannot go on as the new version needs a value of every row in ${fresh}: ${mapping.toNew} makes none of ${old} in ${counts.bad} of ${counts.rows} rows${counts.second > 0 ? `, and ${counts.second} were written without one` : ""}, such as those with ${mapping.key.join(", ")} ${counts.keys.join("; ")}. See them with: ${heldQuery(mapped).text} -- In each, correct ${old}, or write ${fresh} (the other side follows), then repeat the stage`,
    { heldRows: held, heldKeys: counts.keys },
  );
}
