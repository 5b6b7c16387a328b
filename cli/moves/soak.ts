import { PHASES } from "../../release/phases.ts";
import type { Release } from "../../release/release.ts";

/**
 * Seconds that the new version still has to serve before the release goes on, so that going back
 * takes only seconds for as long as config asks; 0 where it need not wait.
 *
 * @param secondsSinceSwitch as the ledger says; null: none is recorded, as without a schema change
 * @param secondsSinceStage since the stage was entered
 */
export function soakLeft(
  stands: Release,
  secondsSinceSwitch: number | null,
  secondsSinceStage: number,
): number {
  if (!PHASES[stands.phase].soaks) return 0;
  const { soak } = stands.settings;
  const served = Math.min(secondsSinceSwitch ?? Infinity, secondsSinceStage);
  return soak === undefined ? 0 : Math.max(0, Math.ceil(soak - served));
}
