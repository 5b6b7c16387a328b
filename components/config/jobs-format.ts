import type { SettingsFor } from "../../protocol/jobs/programs.ts";

/**
 * The format of the settings that the jobs image of this version of the program reads. Raise it
 * with each setting, goal or program that is added.
 */
export const JOBS_FORMAT = 3;

/** The format of an image whose record has none: an earlier version made it. */
const FIRST_FORMAT = 1;

/**
 * Since this format the migrate job knows who writes, whose ledger it is, and the goal `intact`.
 */
const WRITERS_FORMAT = 2;

/** Since this format one pod makes several checks. */
const CHECKS_FORMAT = 3;

type Settings = SettingsFor<"migrate">;

/**
 * The settings of the migrate job as an image of `format` reads them. A release keeps its jobs
 * image until it is back in `stable`, even if the program is upgraded on the way, and an image
 * refuses settings and goals that it does not know. What is added to the settings is left out or
 * replaced here for older images.
 */
export function migrateSettingsFor(format: number | undefined, settings: Settings): Settings {
  return (format ?? FIRST_FORMAT) >= WRITERS_FORMAT ? settings : asFormat1(settings);
}

/** Whether an image of `format` can make several checks in one pod. */
export const makesSeveralChecks = (format: number | undefined): boolean =>
  (format ?? FIRST_FORMAT) >= CHECKS_FORMAT;

/**
 * Some images of this format do not know `ranges`, so it is passed only if config asks for more
 * than the default.
 */
function asFormat1({
  ranges,
  clock: _clock,
  identity: _identity,
  writers: _writers,
  ...given
}: Settings): Settings {
  // The older image has only the full proof, which includes this one.
  const known: Settings = given.goal === "intact" ? { ...given, goal: "verified" } : given;
  return ranges !== undefined && ranges > 1 && known.stage !== "stable" ? { ...known, ranges } : known;
}
