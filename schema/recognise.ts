import type { Ledger, MigrationState } from "./facts.ts";
import { describe } from "./route.ts";

/** What the ledger must show of a release's migrations in a stage, before a lost state may go on there. */
const STATES: Readonly<Record<string, readonly MigrationState[]>> = {
  expand: ["expanding", "expanded"],
  backfill: ["expanded", "filled"],
  deploy: ["filled"],
  canary: ["filled"],
  switch: ["filled"],
  roll: ["filled"],
  retire: ["filled"],
  contract: ["filled", "contracting", "finished"],
};

/**
 * Pure: why the ledger does not show the stage, or null where it does.
 *
 * @param stage the phase that config names
 * @param from newest migration of the active version at the release's start; null: none
 * @param to newest migration of the version that takes over
 * @param known migrations of the image, in order
 */
export function unrecognised(
  stage: string,
  from: string | null,
  to: string | null,
  known: readonly string[],
  ledger: Ledger,
): string | null {
  const all = [...new Set([...known, ...Object.keys(ledger.migrations)])].sort();
  const expected = (id: string): readonly string[] => {
    if (from !== null && id <= from) return ["finished"];
    return to !== null && id <= to ? (STATES[stage] ?? []) : ["absent"];
  };
  const other = all.filter((id) => !expected(id).includes(ledger.migrations[id]?.state ?? "absent"));
  if (other.length === 0) return null;
  const wanted = other.map((id) => `${id} ${expected(id).join(" or ")}`).join(", ");
  return `Cannot recover at ${stage} as the ledger must show ${wanted}: ${describe(ledger)}. Set phase and active to the stage that it shows. Nothing was changed`;
}
