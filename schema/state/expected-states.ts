import type { Ledger, MigrationState } from "./catalog.ts";
import { restoredBy, restoreOf } from "../sql/names.ts";
import { describe } from "./migration-path.ts";

/** A stage of a release, as far as the ledger tells one from another. */
export interface ExpectedStage {
  /** Its name, for people. */
  readonly name: string;
  /** What the ledger must show of the release's migrations before a lost state may go on there. */
  readonly states: readonly MigrationState[];
}

/**
 * Pure: why the ledger does not show the stage, or null where it does.
 *
 * @param stage the one that config names
 * @param from newest migration of the active version at the release's start; null: none
 * @param to newest migration of the version that takes over
 * @param known migrations of the image, in order
 */
export function unrecognised(
  stage: ExpectedStage,
  from: string | null,
  to: string | null,
  known: readonly string[],
  ledger: Ledger,
): string | null {
  const isOlder = from !== null && (to === null || to < from);
  const [least, most] = isOlder ? [to, from] : [from, to];
  const ids = [...new Set([...known, ...Object.keys(ledger.migrations).map((id) => restoredBy(id) ?? id)])];
  const all = ids.sort().flatMap((id) => [id, restoreOf(id)]);
  const expected = (id: string): readonly string[] => {
    const original = restoredBy(id) ?? id;
    const isWayBack = original !== id;
    if (most === null || original > most) return ["absent"];
    if (least !== null && original <= least) return isWayBack ? ["absent"] : ["finished"];
    const states: readonly string[] = stage.states;
    if (!isOlder) return isWayBack ? ["absent"] : states;
    // A way back that has ended is gone, and its migration with it.
    const isEnded = states.includes("finished") && ledger.migrations[original] === undefined;
    if (isEnded) return ["absent"];
    return isWayBack ? states.filter((state) => state !== "finished") : ["finished"];
  };
  const other = all.filter((id) => !expected(id).includes(ledger.migrations[id]?.state ?? "absent"));
  if (other.length === 0) return null;
  const wanted = other.map((id) => `${id} ${expected(id).join(" or ")}`).join(", ");
  return `Cannot recover at ${stage.name} as the ledger must show ${wanted}: ${describe(ledger)}. Set phase and active to the stage that it shows. Nothing was changed`;
}
