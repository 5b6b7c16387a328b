import {
  activeSlot,
  changesSchema,
  hasDatabase,
  isMoving,
  isWeighted,
  other,
  slotOf,
  type Colour,
  type MovingRelease,
  type Release,
  type Slot,
} from "./release.ts";
import { PHASES, phasesWhere } from "./phases.ts";
import { provesLogin, sharesLogin } from "./database/logins.ts";
import { isMarkOf, slotDigest } from "./slot-digest.ts";
import type { SchemaStep, Step } from "./step.ts";
import { watchedIn, type Watched } from "./verdict.ts";
import { weightsOf, workloadOf, type Tested } from "./workload.ts";

/**
 * How a stage is entered: as a stack's first, on the way forward, on the way back, or
 * edited in place.
 */
export type Direction = "first" | "forward" | "back" | "stay";

export interface StageInput {
  readonly release: Release;
  readonly origin: Release | null;
  readonly direction: Direction;
  readonly isRecovery: boolean;
  readonly tested: Tested;
  /** Whether the stage goes back from a contract that may have begun to drop. */
  readonly givesUpContract: boolean;
}

/**
 * The steps of a stage, in order. Every stage first makes sure of what serves (pods, proof of
 * readiness, traffic, probe) and only then touches anything else: a schema, the other colour's
 * pods. So a way back never waits for more than it needs, and nothing is parked without a fresh
 * proof that it serves nobody. The one exception is a stack's first stage, where the schema must
 * exist before the first pod.
 */
export function steps(input: StageInput): Step[] {
  const { release } = input;
  if (release.phase === "stable") return stable(input);
  // Nothing is done before the ledger shows this stage.
  const recognised = input.isRecovery ? schema(release, "recognised") : [];
  // Before anything else: the version to return to must find what it needs.
  const givenUp: Step[] = input.givesUpContract
    ? [...schema(release, "undropped"), { do: "give-up-contract" }]
    : [];
  const stage = release.strategy === "rolling" ? rollingSteps(release, input) : colourSteps(release, input);
  return [...recognised, ...givenUp, ...stage];
}

function stable(input: StageInput): Step[] {
  const { release, direction } = input;
  const left = leftBehind(input);
  // Only an undo waits for the idle colour to be gone: an expansion is never taken back under a
  // version that uses it.
  const isAsked = !sharesLogin(release) || left.length > 0;
  const base = schema(release, "base", {
    from: release.from.schema,
    to: release.from.schema,
    ...(isAsked ? { vacate: other(release.from.colour) } : {}),
  });
  const serving = serve(input, [release.from]);
  if (direction !== "first") return [...serving, ...left, ...base];
  return [...pullBefore(base, release.from), ...serving];
}

/**
 * Proof that the release that ends here has left no pod behind, where no login can tell. Without a
 * schema change nothing is taken back, and pods go only once this stage is complete.
 */
function leftBehind({ release, origin }: StageInput): Step[] {
  if (!sharesLogin(release) || !origin || !isMoving(origin) || !changesSchema(origin)) return [];
  const slot = slotOf(origin, other(release.from.colour));
  return slot ? gone(origin, slot) : [];
}

const pullBefore = (change: readonly Step[], slot: Slot): Step[] =>
  change.length > 0 ? [{ do: "pull", slot }, ...change] : [];

function colourSteps(release: MovingRelease, input: StageInput): Step[] {
  const { from, to } = release;
  const isBack = input.direction === "back";
  const run = (slot: Slot): Step => ({ do: "run", workload: slot.colour, slot });
  const park = (slot: Slot): Step => ({ do: "park", workload: slot.colour, slot });
  switch (release.phase) {
    case "expand":
      return expand(input, release);
    case "backfill": {
      const left = vacated(release, to);
      return [...serve(input, [from]), park(to), ...(isBack ? left : schema(release, "filled"))];
    }
    case "deploy":
      // On the way back the candidate is left as it is: it may be what is broken. The guard of the
      // rung that is left ends with this stage: until then it writes the same traffic. Both forms
      // are compared before anybody uses the new one.
      return [
        ...serve(input, [from]),
        ...(isBack ? [run(to)] : [...prepare(input, to), ...verified(release)]),
        VERDICT,
      ];
    case "canary":
      // On the way down the traffic is reduced before the new guard starts; the guard of the rung
      // above still watches.
      return isBack
        ? [VERDICT, ...serve(input, [from, to]), guard(release, release.weight)]
        : serve(input, [from, to], [...intact(input, release), VERDICT, guard(release, release.weight)]);
    case "switch": {
      const warm = ready(input, from);
      const watching = guard(release, "switch");
      // After a failed `retire`, and a failed way back from there, the colour that a guard would
      // give the traffic back to may have no pods; then its test is forgotten.
      const isWarm = input.direction === "forward" && isMarkOf(input.tested[from.colour], from, release);
      return isWarm
        ? [
            ...serve(input, [to], [...intact(input, release), VERDICT, watching], [run(from)]),
            warm,
            ...switched(release),
          ]
        : [VERDICT, ...serve(input, [to], [], [run(from)]), warm, watching, ...switched(release)];
    }
    case "retire":
      return [...serve(input, [to], stopGuard(release)), park(from), ...vacated(release, from)];
    case "contract":
      return [...serve(input, [to]), ...contract(release)];
    case "roll":
      throw new RangeError(
        `Cannot plan roll with strategy ${release.strategy}: current phase is ${release.phase}`,
      );
  }
}

const ROLLING = phasesWhere(({ strategies }) => strategies.includes("rolling"));

function rollingSteps(release: MovingRelease, input: StageInput): Step[] {
  const { from, to } = release;
  switch (release.phase) {
    case "expand":
      return expand(input, release);
    case "backfill": {
      const left = vacated(release, to);
      return [...serve(input, [from]), ...(input.direction === "back" ? left : schema(release, "filled"))];
    }
    case "roll":
      // The old pods' logins end with them, so that contract, a later up, finds none.
      return [
        ...(input.direction === "forward" ? verified(release) : []),
        ...serve(input, [to]),
        ...switched(release),
      ];
    case "contract":
      return [...serve(input, [to]), ...contract(release)];
    default:
      throw new RangeError(
        `Cannot plan ${release.phase} with strategy rolling: its phases are ${[...ROLLING].join(", ")}`,
      );
  }
}

const expand = (input: StageInput, release: MovingRelease): Step[] => [
  ...serve(input, [release.from]),
  ...pullBefore(schema(release, "expanded"), release.to),
];

/** Comes before any traffic for the candidate: whoever writes that reads the verdict first. */
const VERDICT: Step = { do: "verdict" };

/** The guard watches while both colours serve, or may have to again. */
const guard = ({ from, to }: MovingRelease, watched: Watched): Step => ({ do: "guard", watched, from, to });

/** A guard still running could give traffic back to a colour that is about to lose its pods. */
const stopGuard = ({ from, to }: MovingRelease): Step[] => [
  VERDICT,
  { do: "stop-guard", from, to },
  { do: "guard-stopped", to },
];

/**
 * Pods, proof of readiness, test where none is on record, whatever must be there before the
 * traffic, traffic, whatever may start while it is proven, probe.
 */
function serve(
  input: StageInput,
  slots: readonly Slot[],
  beforeTraffic: readonly Step[] = [],
  besideProbe: readonly Step[] = [],
): Step[] {
  return [
    ...prepare(input, ...slots),
    ...beforeTraffic,
    trafficOf(input.release),
    ...besideProbe,
    { do: "probe", colours: slots.map((slot) => slot.colour) },
  ];
}

function trafficOf(release: Release): Step {
  const { from, to } = release;
  const rung = isWeighted(release) && to ? { from, to, weight: release.weight } : null;
  return { do: "traffic", weights: weightsOf(release), rung };
}

/** Slots at full size and ready; tested and warmed up, unless a mark says that they are. */
const prepare = (input: StageInput, ...slots: readonly Slot[]): Step[] => [
  ...slots.map((slot): Step => ({ do: "run", workload: workloadOf(input.release, slot), slot })),
  ...slots.flatMap((slot) => checked(input, slot)),
];

function checked(input: StageInput, slot: Slot): Step[] {
  const workload = workloadOf(input.release, slot);
  const isKnown = isServingAlready(input, slot) || isMarkOf(input.tested[workload], slot, input.release);
  // In a rollback the old pods replace the new ones under traffic: nothing can be tested
  // beforehand.
  const isRolledBack = workload === "rolling" && input.direction === "back";
  const test: Step[] =
    isKnown || isRolledBack
      ? []
      : [{ do: "smoke", workload, slot }, { do: "warm-up", workload, slot }, ...loggedIn(input, slot)];
  return [ready(input, slot), ...test];
}

/**
 * Every proof by logins would be false for a version that goes on with another one. On the way back
 * nobody is kept from the version that has served, and its login was proven when it was new.
 */
function loggedIn({ release, direction }: StageInput, slot: Slot): Step[] {
  const isNew = slot === release.to || (direction === "first" && !isMoving(release));
  if (!isNew || direction === "back" || !provesLogin(release, slot)) return [];
  return [{ do: "logged-in", workload: workloadOf(release, slot), slot }];
}

/** What had all traffic before this stage only has to prove that it is ready. */
const isServingAlready = ({ origin, release }: StageInput, slot: Slot): boolean =>
  origin !== null &&
  slotDigest(activeSlot(origin), origin) === slotDigest(slot, release) &&
  workloadOf(origin, activeSlot(origin)) === workloadOf(release, slot);

const ready = ({ release, direction }: StageInput, slot: Slot): Step => ({
  do: "ready",
  workload: workloadOf(release, slot),
  slot,
  replaces: PHASES[release.phase].oldPods === "replaced" && direction === "forward" ? release.from : null,
  unlessFailed: watchedIn(release) !== null && slot === release.to,
});

/** Finds differences that have arisen since the backfill before the candidate gets traffic. */
function verified(release: MovingRelease): Step[] {
  return changesSchema(release) ? schema(release, "verified") : [];
}

/**
 * More traffic for the candidate waits for a check of the catalog, which takes seconds whatever the
 * size of the tables; less traffic waits for nothing.
 */
function intact({ direction }: StageInput, release: MovingRelease): Step[] {
  return changesSchema(release) && direction === "forward" ? schema(release, "intact") : [];
}

function switched(release: MovingRelease): Step[] {
  return changesSchema(release) ? schema(release, "verified", { record: "switched" }) : [];
}

function contract(release: MovingRelease): Step[] {
  const { from } = release;
  return [
    ...(sharesLogin(release) ? gone(release, from) : []),
    ...schema(release, "contractible", { vacate: from.colour }),
    { do: "begin-dropping" },
    ...schema(release, "contracted", { vacate: from.colour }),
  ];
}

/** Proof that nobody uses the database as the slot any more. */
const vacated = (release: MovingRelease, slot: Slot): Step[] =>
  sharesLogin(release) ? gone(release, slot) : schema(release, "vacated", { vacate: slot.colour });

const gone = (release: Release, slot: Slot): Step[] => [
  { do: "gone", workload: workloadOf(release, slot), slot },
];

/** Its name among the schema steps of its stage. */
export function schemaStepName({ goal, record }: SchemaStep): string {
  // `roll` has both comparisons, so they need two names.
  return goal === "verified" && record === null ? "schema-compared" : `schema-${goal}`;
}

interface SchemaOptions {
  readonly from?: string | null;
  readonly to?: string | null;
  readonly vacate?: Colour;
  readonly record?: "switched";
}

/** No step for an application without a database. */
function schema(release: Release, goal: SchemaStep["goal"], options: SchemaOptions = {}): Step[] {
  const { from = release.from.schema, to = release.to?.schema ?? null, vacate, record } = options;
  if (!hasDatabase(release)) return [];
  const isShared = sharesLogin(release);
  const writers =
    isMoving(release) && !isShared ? { old: release.from.colour, new: release.to.colour } : null;
  const vacatedBy = isShared ? "pods" : "login";
  return [
    { do: "schema", goal, from, to, writers, vacate: vacate ?? null, vacatedBy, record: record ?? null },
  ];
}
