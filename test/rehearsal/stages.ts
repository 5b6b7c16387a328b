import type { Phase } from "../../release/phases.ts";
import type { Colour } from "../../release/release.ts";

/** One `up` of the rehearsal: what a person sets in config, and why. */
export interface RehearsalStage {
  readonly title: string;
  readonly phase: Phase;
  readonly active: Colour;
  /**
   * Percent of the traffic that the new version has on this rung; with it the stage ends when its
   * judge has passed it.
   */
  readonly weight?: number;
}

/** The strategies that can be rehearsed. */
export type RehearsedStrategy = "blue-green" | "canary";

/**
 * A whole release from version 1 to version 2, with an abort before the switch and a
 * rollback after it.
 */
const BLUE_GREEN: readonly RehearsalStage[] = [
  { title: "expand", phase: "expand", active: "blue" },
  { title: "backfill", phase: "backfill", active: "blue" },
  { title: "deploy", phase: "deploy", active: "blue" },
  { title: "back to backfill (abort)", phase: "backfill", active: "blue" },
  { title: "deploy again", phase: "deploy", active: "blue" },
  { title: "switch", phase: "switch", active: "green" },
  { title: "back to deploy (rollback)", phase: "deploy", active: "blue" },
  { title: "switch again", phase: "switch", active: "green" },
  { title: "retire", phase: "retire", active: "green" },
  { title: "contract", phase: "contract", active: "green" },
  { title: "stable", phase: "stable", active: "green" },
];

const rung = (weight: number, again = ""): RehearsalStage => ({
  title: `canary ${weight} %${again}`,
  phase: "canary",
  active: "blue",
  weight,
});

/** The same by rungs: up to 25 %, back down, and up again to the end. */
const CANARY: readonly RehearsalStage[] = [
  ...BLUE_GREEN.slice(0, 3),
  rung(1),
  rung(5),
  rung(25),
  { title: "back to deploy (rollback)", phase: "deploy", active: "blue" },
  rung(1, " again"),
  rung(5, " again"),
  rung(25, " again"),
  rung(50),
  { title: "switch", phase: "switch", active: "green" },
  ...BLUE_GREEN.slice(8),
];

export const STAGES: Readonly<Record<RehearsedStrategy, readonly RehearsalStage[]>> = {
  "blue-green": BLUE_GREEN,
  canary: CANARY,
};
