import type { Routing } from "../../protocol/traffic/backend.ts";
import {
  describeEntrance,
  describeWhich,
  entrancesUnlike,
  weightsGiven,
  type LiveEntrance,
} from "../../protocol/traffic/live-traffic.ts";
import { describeTraffic } from "../../protocol/traffic/shares.ts";
import { begunAt } from "../../release/moves/attempt-number.ts";
import { describePlace, isSamePlace, placeOf, type Place } from "../../release/place.ts";
import { releaseAt } from "../../release/release-at.ts";
import { hasUsersOnNew, PHASES } from "../../release/phases.ts";
import { isMoving, type Release } from "../../release/release.ts";
import {
  candidateKey,
  verdictRefusals,
  watchedIn,
  type Allowance,
  type FoundVerdict,
} from "../../release/verdict.ts";
import { candidateOf, weightsOf, type Weights, type Workload } from "../../release/workload.ts";
import { costOfGoingBack, describeRelease } from "./rollback-cost.ts";
import type { FoundSchema } from "../cluster/ledger.ts";
import { standsAt, unfinished, type Past } from "../stack/stack-state.ts";
import type { FoundPods } from "../cluster/pods.ts";
import type { Sight } from "../cluster/live-state.ts";
import { weightsNow } from "../cluster/traffic.ts";
import { verdictOn } from "../cluster/verdict.ts";
import { usualBack, usualNext, waysFrom } from "./legal-moves.ts";

/** An answer, or why there is none. */
export type Answer<T> = { readonly found: T } | { readonly unknown: string };

/** Everything that a status is made from. */
export interface Circumstances {
  readonly stack: string;
  readonly app: string;
  readonly past: Past;
  /** The release as config describes it now. */
  readonly configured: Release;
  readonly sight: Answer<Sight>;
  readonly schema: Answer<FoundSchema | null>;
  readonly verdict: FoundVerdict;
  /** In what the manifests differ from the version that was prepared from them last. */
  readonly drift: Answer<string | null>;
  /** A person's word in config that a rung may be left without a pass. */
  readonly allowance: Allowance | null;
}

/** Where a release is, for people and for programs. */
export interface Status {
  readonly stack: string;
  readonly stage: StageStatus | null;
  /** Which version takes over from which; null where no release is under way. */
  readonly release: string | null;
  readonly serving: readonly Serving[];
  /** Why it is not known who serves. */
  readonly servingUnknown: string | null;
  /** The field manager that wrote the traffic last. */
  readonly trafficWriter: string | null;
  readonly schema: string | null;
  /** The guard's word on the candidate in this stage; null where nothing is judged. */
  readonly verdict: string | null;
  /** Moves that the gate accepts; the first is the usual one. */
  readonly again: Place | null;
  readonly next: readonly Place[];
  readonly back: readonly Place[];
  readonly usualNext: Place | null;
  /** The usual next stage where the verdict does not let it in yet; `remarks` say why. */
  readonly held: Place | null;
  readonly usualBack: Place | null;
  readonly costOfGoingBack: string | null;
  /** What needs a person's attention. */
  readonly remarks: readonly string[];
}

export interface StageStatus extends Place {
  readonly meaning: string;
  readonly isFinished: boolean;
  readonly lastCompleted: Place | null;
  /** When the last completed stage began, ISO 8601. */
  readonly since: string | null;
}

export interface Serving {
  readonly workload: Workload;
  readonly version: string | null;
  readonly percent: number;
  readonly ready: number;
  readonly wanted: number;
}

/** Pure: the status. */
export function statusOf(circumstances: Circumstances): Status {
  const { stack, past, configured, sight, schema, verdict } = circumstances;
  const stands = standsAt(past);
  const around = waysFrom(past, configured);
  const isLetIn = (place: Place) => heldBy(circumstances, place).length === 0;
  const ways = {
    again: around.again && isLetIn(around.again) ? around.again : null,
    next: around.next.filter(isLetIn),
    back: around.back.filter(isLetIn),
  };
  const wished = usualNext(past, around);
  const back = usualBack(past, ways);
  const known = "found" in sight ? sight.found : null;
  const [first] = known?.entrances ?? [];
  const weights = first && known ? weightsNow(known.entrances) : null;
  return {
    stack,
    stage: stageOf(past),
    release: stands && describeRelease(stands),
    serving: known ? servingOf(known.pods, weights ?? {}) : [],
    servingUnknown: "unknown" in sight ? sight.unknown : null,
    trafficWriter: first?.writer ?? null,
    schema: schemaOf(schema),
    verdict: stands && verdictOf(stands, verdict),
    ...ways,
    usualNext: usualNext(past, ways),
    held: wished && !isLetIn(wished) ? wished : null,
    usualBack: back,
    costOfGoingBack: stands && costOfGoingBack(stands, back),
    remarks: [...remarksOn(circumstances, known?.entrances ?? []), ...heldBy(circumstances, wished)],
  };
}

function stageOf(past: Past): StageStatus | null {
  const stands = standsAt(past);
  if (!stands) return null;
  const { completed } = past;
  return {
    ...placeOf(stands),
    meaning: PHASES[stands.phase].meaning,
    isFinished: unfinished(past) === null,
    lastCompleted: completed && placeOf(completed.release),
    since: completed && begunAt(completed) > 0 ? new Date(begunAt(completed)).toISOString() : null,
  };
}

const servingOf = (pods: readonly FoundPods[], weights: Weights): Serving[] =>
  pods.map(({ workload, version, ready, wanted }) => ({
    workload,
    version,
    percent: weights[workload] ?? 0,
    ready,
    wanted,
  }));

function schemaOf(schema: Answer<FoundSchema | null>): string | null {
  if ("unknown" in schema) return `unknown: ${schema.unknown}`;
  if (!schema.found) return null;
  const { migrations, walk } = schema.found;
  const states = migrations.map(({ id, state }) => `${id} ${state}`).join(", ") || "no migration yet";
  const isOpen = migrations.some(({ id, state }) => id === walk?.migration && state !== "finished");
  return walk && isOpen
    ? `${states}; ${walk.name}: ${Math.round(walk.rows)} rows, noted ${Math.round(walk.secondsAgo)} s ago`
    : states;
}

function verdictOf(stands: Release, verdict: FoundVerdict): string | null {
  const watched = watchedIn(stands);
  if (watched === null || !isMoving(stands)) return null;
  const { verdict: word, sentence } = verdictOn(verdict, candidateKey(stands), watched);
  return `${word}: ${sentence}`;
}

/** Why the verdict keeps the gate from accepting a stage, in the gate's own words. */
function heldBy({ past, configured, verdict, allowance }: Circumstances, place: Place | null): string[] {
  if (!place) return [];
  const before = [past.completed?.release, past.entered?.release].flatMap((release) => release ?? []);
  const reasons = before.flatMap((release) =>
    verdictRefusals(release, releaseAt(configured, place), verdict, allowance),
  );
  return [...new Set(reasons)];
}

function remarksOn(circumstances: Circumstances, found: readonly LiveEntrance[]): string[] {
  const { past, configured, stack } = circumstances;
  const stands = standsAt(past);
  const known = [stands, past.completed?.release].flatMap((release) => (release ? [placeOf(release)] : []));
  return [
    ...(stands ? remarksOnTraffic(past, stands, found) : []),
    ...(stands && !known.some((place) => isSamePlace(placeOf(configured), place))
      ? [`Config says ${describePlace(placeOf(configured))}, which no up has entered yet.`]
      : []),
    ...remarksOnFiles(circumstances),
    ...remarksOnLedger(circumstances),
    ...(past.pending.length > 0
      ? [
          `An up was killed and left pending: ${past.pending.join(", ")}. The next zd command that moves clears it; by hand: pulumi refresh --clear-pending-creates --stack ${stack}`,
        ]
      : []),
  ];
}

const remarksOnFiles = ({ drift }: Circumstances): string[] =>
  "unknown" in drift
    ? [`Whether the manifests differ from what was prepared from them is unknown: ${drift.unknown}`]
    : drift.found === null
      ? []
      : [drift.found];

/** Only the backend knows the stack's full name, so its last part is compared. */
function remarksOnLedger({ schema, app, stack }: Circumstances): string[] {
  const identity = "found" in schema ? schema.found?.identity : null;
  if (!identity) return [];
  const nameOf = (full: string) => full.split("/").at(-1);
  if (identity.application === app && nameOf(identity.stack) === nameOf(stack)) return [];
  return [
    `The database's ledger belongs to application ${identity.application}, stack ${identity.stack}: the next up that works on it is refused. One database holds one ledger (docs/operations.md).`,
  ];
}

/** The guard, a person in an emergency, or a manual edit may have moved it since. */
function remarksOnTraffic(past: Past, stands: Release, found: readonly LiveEntrance[]): string[] {
  const planned = routingIn(past.completed?.release ?? stands);
  const differing = entrancesUnlike(found, planned);
  if (differing.length === 0 || entrancesUnlike(found, routingIn(stands)).length === 0) return [];
  const all = found.map(({ entrance }) => entrance);
  const told = differing.map(
    (one) =>
      `${describeWhich(one.entrance, all)} gives ${describeEntrance(one)}, though the stage gives ${describeTraffic(weightsGiven(one.entrance, planned))}`,
  );
  return [
    `${told.join("; ")}: somebody moved the traffic since. An up of this stage writes it again, unless the guard has failed the candidate.`,
  ];
}

const routingIn = (release: Release): Routing => ({
  weights: weightsOf(release),
  candidate: candidateOf(release),
  testers: null,
  cookie: null,
});

type Offered = Pick<Status, "usualNext" | "usualBack" | "stage" | "next" | "back">;

/** What to type for a move: the short command where it is the usual one. */
export function commandFor(place: Place, offered: Offered): string {
  const { usualNext: onward, usualBack: backward, stage, next, back } = offered;
  if (onward && isSamePlace(place, onward)) return "zd next";
  if (backward && isSamePlace(place, backward)) {
    if (stage && hasUsersOnNew(stage.phase)) return "zd rollback";
    // An abort goes all the way.
    if (place.phase === "stable") return "zd abort";
  }
  const isTwofold = [...next, ...back].some(
    ({ phase, active }) => phase === place.phase && active !== place.active,
  );
  const weight = place.weight === undefined ? "" : ` --weight ${place.weight}`;
  return `zd to ${place.phase}${weight}${isTwofold ? ` --active ${place.active}` : ""}`;
}
