import type { Lock } from "../lint/lock-mode.ts";
import type { Footprint } from "./footprint.ts";

/** Pure: where the claim and the measurement disagree, one sentence each; none: they agree. */
export function differences(claimed: Footprint, measured: Footprint): readonly string[] {
  return [
    ...compared("the lock", felt(claimed.locks), felt(measured.locks)),
    // What is written anew has been read, or is read again for its indexes.
    ...compared(
      "a scan of",
      without(claimed.scans, claimed.rewrites),
      without(measured.scans, measured.rewrites),
    ),
    ...compared("a rewrite of", claimed.rewrites, measured.rewrites),
  ];
}

function compared(
  what: string,
  claimed: readonly string[] | null,
  measured: readonly string[] | null,
): readonly string[] {
  if (claimed === null || measured === null) return [];
  return [
    ...claimed
      .filter((one) => !measured.includes(one))
      .map((one) => `lint says ${what} ${one}, which was not seen`),
    ...measured
      .filter((one) => !claimed.includes(one))
      .map((one) => `lint does not say ${what} ${one}, which was seen`),
  ];
}

/** ACCESS SHARE stops nobody who reads or writes rows. */
function felt(locks: readonly Lock[]): readonly string[] {
  return locks.filter(({ mode }) => mode !== "ACCESS SHARE").map(({ table, mode }) => `${mode} on ${table}`);
}

function without(
  tables: readonly string[] | null,
  others: readonly string[] | null,
): readonly string[] | null {
  return tables?.filter((table) => !others?.includes(table)) ?? null;
}
