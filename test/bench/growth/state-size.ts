import { markWritten, type Completed } from "../../../protocol/state/marks.ts";
import { verdictData } from "../../../protocol/state/guard-record.ts";
import { toKeep } from "../../../jobs/guard/kept-memory.ts";
import type { GuardSettings } from "../../../protocol/jobs/guard-settings.ts";
import { departure } from "../../../release/moves/origin.ts";
import { plan } from "../../../release/plan.ts";
import { releaseAt } from "../../../release/release-at.ts";
import type { Place } from "../../../release/place.ts";
import type { Release } from "../../../release/release.ts";
import { releaseOver } from "./preview-cost.ts";
import { remembered } from "./remembered.ts";

/** The stages of a release there, back and there again, and then to its end. */
const WALK: readonly Place[] = (
  [
    ["stable", "blue"],
    ["expand", "blue"],
    ["backfill", "blue"],
    ["deploy", "blue"],
    ["switch", "green"],
    ["deploy", "blue"],
    ["switch", "green"],
    ["retire", "green"],
    ["contract", "green"],
  ] as const
).map(([phase, active]) => ({ phase, active }));

/**
 * Bytes of the marks, as the program writes them into the state, after so many stages of a release
 * with so many migrations in the folder; the walk is gone again where it is shorter.
 */
export function marksBytes(migrations: number, stages: number): number {
  const ids = Array.from(
    { length: migrations },
    (_, at) => `${String(at + 1).padStart(4, "0")}-rename-title-of-items`,
  );
  const base = releaseOver(ids);
  let completed: Completed | null = null;
  for (let stage = 0; stage < stages; stage += 1)
    completed = completedAfter(completed, releaseAt(base, WALK[stage % WALK.length] ?? placeOfStart), stage);
  if (completed === null) throw new RangeError("Cannot measure the marks of no stage");
  const { release, attempt, number } = completed;
  return [
    markWritten("completed", completed),
    markWritten("entered", { release, attempt, number }),
    markWritten("contracting", { isDropping: false, to: "blue" }),
  ].reduce<number>((sum, mark) => sum + Buffer.byteLength(JSON.stringify(mark)), 0);
}

const placeOfStart: Place = { phase: "stable", active: "blue" };

/** What the gate and the mark of completion make of one more stage. */
function completedAfter(before: Completed | null, release: Release, stage: number): Completed {
  const { origin } = departure(before, null, release);
  return {
    release,
    tested: plan(release, origin).tested,
    origin,
    attempt: "3f0e8a1c-57a1-4a44-9f7e-6f3a7a0d2b11",
    number: 1_790_000_000_000 + stage,
    jobs: {
      image: `registry.example.com/jobs@sha256:${"ab".repeat(32)}`,
      builtFrom: null,
      format: 3,
      texts: { contracts: "0123456789abcdef", others: "fedcba9876543210" },
    },
  };
}

/** Bytes of the verdict object of a guard that has watched so many pods for a while. */
export function verdictBytes(settings: GuardSettings, pods: number): number {
  const data = verdictData(toKeep(remembered(settings, pods, Date.parse("2026-01-01T00:00:00Z"))));
  return Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
