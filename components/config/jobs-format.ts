import type { Config } from "../../protocol/config/config-schema.ts";
import type { SettingsFor } from "../../protocol/jobs/programs.ts";
import { workloadService } from "../../protocol/traffic/entrance.ts";
import type { Workload } from "../../release/workload.ts";
import type { Step } from "../../release/step.ts";

/**
 * The format of the settings that the jobs image of this version of the program reads. Raise it
 * with each setting, goal or program that is added.
 */
export const JOBS_FORMAT = 4;

/** The format of an image whose record has none: an earlier version made it. */
const FIRST_FORMAT = 1;

/**
 * Since this format the migrate job knows who writes, whose ledger it is, and the goal `intact`.
 */
const WRITERS_FORMAT = 2;

/** Since this format one pod makes several checks. */
const CHECKS_FORMAT = 3;

/** Since this format the guard knows all entrances, of manifests too. */
const ENTRANCES_FORMAT = 4;

/** Since this format there are the checks `logged-in` and `gone`, and logins of the application. */
const LOGINS_FORMAT = 4;

/** Since this format who answers is known by more than a header. */
const IDENTITIES_FORMAT = 4;

type Settings = SettingsFor<"migrate">;

/**
 * The settings of the migrate job as an image of `format` reads them. A release keeps its jobs
 * image until it is back in `stable`, even if the program is upgraded on the way, and an image
 * refuses settings and goals that it does not know. What is added to the settings is left out or
 * replaced here for older images.
 */
export function migrateSettingsFor(format: number | undefined, settings: Settings): Settings {
  const known = format ?? FIRST_FORMAT;
  if (known >= LOGINS_FORMAT) return settings;
  const { sharesLogin: _, podsGone: __, ...given } = settings;
  return known >= WRITERS_FORMAT ? given : asFormat1(given);
}

/**
 * The steps of a stage that an image of `format` can do: a release that began before a check was
 * there ends without it.
 */
export const stepsFor = (format: number | undefined, steps: readonly Step[]): readonly Step[] =>
  (format ?? FIRST_FORMAT) >= LOGINS_FORMAT ? steps : steps.filter((step) => step.do !== "logged-in");

/** Whether an image of `format` can make several checks in one pod. */
export const makesSeveralChecks = (format: number | undefined): boolean =>
  (format ?? FIRST_FORMAT) >= CHECKS_FORMAT;

/**
 * The oldest format that can do what config asks for. Such settings change in `stable` alone, which
 * keeps the image of the release before where that is enough.
 */
export function leastFormat({ app: { identity }, manifests, database }: FormatNeeds): number {
  const isByHeader = identity === undefined || (typeof identity === "object" && "header" in identity);
  return Math.max(
    isByHeader ? FIRST_FORMAT : IDENTITIES_FORMAT,
    manifests === "" ? FIRST_FORMAT : ENTRANCES_FORMAT,
    database?.logins === "application" ? LOGINS_FORMAT : FIRST_FORMAT,
  );
}

/** The part of config that says what an image has to be able to do. */
export type FormatNeeds = Pick<Config, "app" | "manifests" | "database">;

/** Whether an image of `format` is too old for what needs at least another. */
export const isTooOld = (format: number | undefined, least: number): boolean =>
  (format ?? FIRST_FORMAT) < least;

/** Whether the checks in an image of `format` know who answers by more than a header. */
export const knowsIdentities = (format: number | undefined): boolean =>
  (format ?? FIRST_FORMAT) >= IDENTITIES_FORMAT;

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

type Guard = SettingsFor<"guard">;

/** The settings of a guard that knows one entrance, which has the application's name. */
type GuardOfOne = Omit<Guard, "workloads" | "entrances" | "back"> & {
  readonly active: { readonly service: string };
  readonly candidate: { readonly service: string };
  readonly services: readonly string[];
  readonly entrance: { readonly mode: "gateway" | "service"; readonly name: string };
};

/**
 * The settings of the guard as an image of `format` reads them. An older one knows an application
 * that config describes, which has one entrance.
 */
export const guardSettingsFor = (format: number | undefined, settings: Guard): Guard | GuardOfOne =>
  (format ?? FIRST_FORMAT) >= ENTRANCES_FORMAT ? settings : ofOneEntrance(settings);

function ofOneEntrance(settings: Guard): GuardOfOne {
  const { namespace, number, watched, active, candidate, replicas, workloads, entrances, ...rest } = settings;
  const { back: _, ...others } = rest;
  const [object] = entrances.objects;
  const [followed] = entrances.services;
  if (!object || !followed) throw new RangeError("Cannot start a guard as the application has no entrance");
  const of = (workload: Workload) => workloadService(followed.name, workload);
  const { digest, ...side } = candidate;
  return {
    namespace,
    number,
    watched,
    active: { ...active, service: of(active.colour) },
    candidate: { ...side, service: of(side.colour), ...(digest === undefined ? {} : { digest }) },
    replicas,
    services: workloads.map(of),
    entrance: { mode: object.kind === "Service" ? "service" : "gateway", name: object.name },
    ...others,
  };
}
