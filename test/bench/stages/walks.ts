import type { Phase } from "../../../release/phases.ts";
import type { Colour } from "../../../release/release.ts";

/** How a person asks for it. */
export type Door = "pulumi up" | "pulumi preview" | "zd next" | "zd status";

/** What a command may take. */
export interface Goal {
  readonly mostSeconds: number;
  /** What it is to come down to. */
  readonly aimSeconds?: number;
  /** The time in which pods of the application start does not count. */
  readonly besidesPods?: true;
}

/** What a person sets in config. */
export interface Place {
  readonly phase: Phase;
  readonly active: Colour;
  readonly weight?: number;
}

/** One command of a walk. */
export interface Leg {
  readonly title: string;
  readonly door: Door;
  /** Set in config before it, where it is not set already. */
  readonly place?: Place;
  readonly goal?: Goal;
  /** The walk goes on without it. */
  readonly isAside?: true;
  /** Another walk measures it. */
  readonly isPreparation?: true;
}

const TRAFFIC_ONLY: Goal = { mostSeconds: 10, aimSeconds: 6 };
const DEPLOY: Goal = { mostSeconds: 10, besidesPods: true };
const NO_CHANGE: Goal = { mostSeconds: 3 };

const stage = (title: string, place: Place, goal?: Goal): Leg => ({
  title,
  door: "pulumi up",
  place,
  ...(goal === undefined ? {} : { goal }),
});

/** Version 1 is installed with the config of its book; users and their rows come after it. */
const INSTALL: Leg = { title: "install", door: "pulumi up" };
const UNTIL_DEPLOY: readonly Leg[] = [
  INSTALL,
  stage("expand", { phase: "expand", active: "blue" }),
  stage("backfill", { phase: "backfill", active: "blue" }),
  stage("deploy", { phase: "deploy", active: "blue" }, DEPLOY),
];

const SWITCH: Place = { phase: "switch", active: "green" };

/** A whole release with a schema change, and what people ask in its middle. */
export const BLUE_GREEN: readonly Leg[] = [
  ...UNTIL_DEPLOY,
  { title: "no change", door: "pulumi up", goal: NO_CHANGE, isAside: true },
  { title: "status", door: "zd status", isAside: true },
  { title: "preview of switch", door: "pulumi preview", place: SWITCH, goal: NO_CHANGE, isAside: true },
  stage("switch", SWITCH, TRAFFIC_ONLY),
  stage("rollback", { phase: "deploy", active: "blue" }, TRAFFIC_ONLY),
  { title: "switch by zd next", door: "zd next", goal: TRAFFIC_ONLY },
  stage("retire", { phase: "retire", active: "green" }),
  stage("contract", { phase: "contract", active: "green" }),
  stage("stable", { phase: "stable", active: "green" }),
];

/** The first rung of a release with a schema change, and back, so many times. */
export const canary = (times: number): readonly Leg[] => [
  ...UNTIL_DEPLOY.map((leg) => ({ ...leg, isPreparation: true as const })),
  ...Array.from({ length: times }, () => [
    stage("rung", { phase: "canary", active: "blue", weight: 1 }, TRAFFIC_ONLY),
    stage("rung back", { phase: "deploy", active: "blue" }, TRAFFIC_ONLY),
  ]).flat(),
];

/**
 * The part of a walk that has to be walked for these titles: up to the last of them, without what
 * nobody has asked for and the walk does not need.
 *
 * @param words parts of titles; none: all
 */
export function partFor(walk: readonly Leg[], words: readonly string[]): readonly Leg[] {
  const last = walk.findLastIndex((leg) => isMeant(leg, words));
  return walk.slice(0, last + 1).filter((leg) => leg.isAside !== true || isMeant(leg, words));
}

export const isMeant = ({ title, isPreparation }: Leg, words: readonly string[]): boolean =>
  isPreparation !== true && (words.length === 0 || words.some((word) => title.includes(word)));
