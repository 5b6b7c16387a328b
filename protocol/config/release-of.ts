import { hasWeight } from "../../release/phases.ts";
import type { Place } from "../../release/place.ts";
import { releaseAt } from "../../release/release-at.ts";
import { other, type Colour, type Release, type Slot } from "../../release/release.ts";
import type { Config } from "./config-schema.ts";

/** The part of config that says which release it is, and which stage to enter. */
export type ReleaseConfig = Pick<Config, "active" | "phase" | "strategy" | "weight" | Colour> & {
  readonly canary: Pick<Config["canary"], "rungs">;
};

/**
 * The release that config describes.
 *
 * @param migrations ids of all known migrations, in order
 * @param settings the rest of config that stays the same from a release's first stage to its last
 * @throws {RangeError} where config does not set a colour that its phase needs
 */
export function releaseOf(
  config: ReleaseConfig,
  migrations: readonly string[],
  settings: Release["settings"],
): Release {
  const { strategy, active, canary } = config;
  const from = slotIn(config, active);
  if (!from) throw new RangeError(`Cannot read the release as ${active} is not set`);
  const frame = { strategy, rungs: canary.rungs, migrations, settings };
  return releaseAt({ ...frame, phase: "stable", from, to: slotIn(config, other(active)) }, placeIn(config));
}

function slotIn(config: ReleaseConfig, colour: Colour): Slot | null {
  const entry = config[colour];
  return entry ? { colour, version: entry.version, image: entry.image, schema: entry.schema ?? null } : null;
}

/** The place that config names for the release. */
export const placeIn = ({ phase, active, weight }: Pick<Config, "phase" | "active" | "weight">): Place =>
  hasWeight(phase) && weight !== undefined ? { phase, active, weight } : { phase, active };
