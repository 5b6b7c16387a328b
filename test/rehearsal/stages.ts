import type { Colour, Phase } from "../../release/release.ts";

/** One `up` of the rehearsal: what a person sets in config, and why. */
export interface RehearsalStage {
  readonly title: string;
  readonly phase: Phase;
  readonly active: Colour;
}

/** A whole release from version 1 to version 2, with an abort before the switch and a rollback after it. */
export const STAGES: readonly RehearsalStage[] = [
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
