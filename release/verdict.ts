import type { Judgement } from "./judge/judgement.ts";
import { PHASES } from "./phases.ts";
import { placeOf, describePlace } from "./place.ts";
import { printableIn } from "./printable.ts";
import { isMoving, isWeighted, type MovingRelease, type Release } from "./release.ts";
import { slotDigest } from "./slot-digest.ts";

/** What the guard watches: the rung of that weight in percent, or the soak in `switch`. */
export type Watched = number | "switch";

/** How a verdict recognises its candidate. */
export interface CandidateKey {
  readonly image: string;
  /** See `slotDigest`; left out by programs and guards from before there were digests. */
  readonly digest?: string | undefined;
}

/** By the digest, or by the image alone where either has no digest. */
export const isSameCandidate = (one: CandidateKey, two: CandidateKey): boolean =>
  one.digest === undefined || two.digest === undefined ? one.image === two.image : one.digest === two.digest;

/** The candidate of a release, as the guard is told of it. */
export const candidateKey = (
  release: MovingRelease,
): { readonly image: string; readonly digest: string } => ({
  image: release.to.image,
  digest: slotDigest(release.to, release),
});

/**
 * All that is known of a candidate: what the verdict object holds. Written by the guard alone, read
 * by the gate and by people. Another candidate begins another record.
 */
export interface CandidateRecord extends CandidateKey {
  readonly version: string;
  /** Where the guard stands now. */
  readonly watched: Watched;
  /** The latest look at every rung, and at the soak, by weight or "switch". */
  readonly stages: Readonly<Record<string, StageRecord>>;
  /** Once failed, a candidate stays failed. */
  readonly failed: Failure | null;
  /**
   * Candidates of this release that failed before this one was tried; a guard of an older program
   * leaves it out.
   */
  readonly earlier?: readonly FailedCandidate[];
}

/** The outcome at one rung, or of the soak. Times are ISO 8601. */
export interface StageRecord {
  /** The attempt that wrote this stage's traffic; another attempt begins another record. */
  readonly number: number;
  readonly judgement: Judgement;
  /** Since when the verdict is what it is. */
  readonly since: string;
  /** Seconds under watch, with the stage's traffic in force. */
  readonly seconds: number;
  /** A person's reason to let it pass, as config has it; null where there is none. */
  readonly allowed: string | null;
}

export interface Failure {
  readonly watched: Watched;
  readonly sentence: string;
  readonly at: string;
}

export interface FailedCandidate extends CandidateKey {
  readonly version: string;
  readonly failed: Failure;
}

/** How a candidate failed in this release, whatever was tried since; null where it has not. */
export function failureOf(record: CandidateRecord | null, candidate: CandidateKey): FailedCandidate | null {
  return (record && failuresIn(record).find((one) => isSameCandidate(one, candidate))) ?? null;
}

/** All candidates of this release that have failed, the one of the record first. */
export function failuresIn(record: CandidateRecord): readonly FailedCandidate[] {
  const { image, digest, version, failed, earlier = [] } = record;
  if (!failed) return earlier;
  const own = { image, ...(digest === undefined ? {} : { digest }), version, failed };
  return [own, ...earlier.filter((one) => !isSameCandidate(one, record))];
}

/** A person's word that a rung may be left without a `pass`; recorded in config. */
export interface Allowance {
  readonly weight: number;
  readonly reason: string;
}

/** What the gate found where the verdict should be. */
export type FoundVerdict =
  | { readonly found: CandidateRecord }
  /** The object is there, but no guard has written to it yet. */
  | { readonly found: null }
  /** Why it could not be read. */
  | {
      readonly unreadable: string;
      /** The API server has answered that there is no such object. */
      readonly isMissing?: true;
    };

/** Name of the ConfigMap that holds the verdict on an application's candidate. */
export const verdictObject = (app: string): string => `${app}-verdict`;

/**
 * What the data of the verdict object says.
 *
 * @param data undefined where there is no such object
 * @throws {SyntaxError} where it holds something else than a record
 */
export function verdictIn(
  data: Readonly<Record<string, string>> | undefined,
  { namespace, app }: { readonly namespace: string; readonly app: string },
): FoundVerdict {
  if (data === undefined)
    return {
      unreadable:
        `there is no ConfigMap ${namespace}/${verdictObject(app)}; ` +
        "deploy makes it, also again: pulumi up --refresh",
      isMissing: true,
    };
  return { found: recordIn(data) };
}

/**
 * The record in the data of a verdict object; null where no guard has written one.
 * @throws {SyntaxError} where it is something else
 */
export function recordIn(data: Readonly<Record<string, string>>): CandidateRecord | null {
  const text = data["verdict"];
  return text === undefined ? null : parseRecord(text);
}

/**
 * A record of the form that this program writes.
 * @throws {SyntaxError} where the text is something else
 */
export function parseRecord(text: string): CandidateRecord {
  const record = JSON.parse(text) as Partial<CandidateRecord> | null;
  if (typeof record?.image !== "string" || typeof record.stages !== "object" || record.failed === undefined)
    throw new SyntaxError(`Cannot read the verdict as it is no record of a candidate: ${text.slice(0, 200)}`);
  return printableIn(record as CandidateRecord);
}

/**
 * What the guard watches in a stage; null where one colour serves and the other has
 * nothing to lose.
 */
export function watchedIn(release: Release): Watched | null {
  if (release.strategy === "rolling") return null;
  const { guard } = PHASES[release.phase];
  if (guard === "watches a rung") return isWeighted(release) ? release.weight : null;
  return guard === "watches the soak" ? "switch" : null;
}

/**
 * Whether a stage gives the candidate traffic, and so needs the verdict: no way back to `deploy`
 * ever waits for it.
 */
export const needsVerdict = (next: Release): next is MovingRelease =>
  next.strategy !== "rolling" && isMoving(next) && PHASES[next.phase].guard !== null;

/**
 * Why the verdict forbids a stage, as sentences; empty where it does not.
 *
 * @param before the completed stage, or the one entered last; null where the state was lost
 */
export function verdictRefusals(
  before: Release | null,
  next: Release,
  verdict: FoundVerdict,
  allowance: Allowance | null,
): string[] {
  if (!needsVerdict(next)) return [];
  // In both cases no verdict can have been lost: the stage makes the object before it writes any
  // traffic.
  const mayBeMissing = before === null || PHASES[before.phase].guard === "ends";
  const isMade = mayBeMissing && "unreadable" in verdict && verdict.isMissing === true;
  const reasons = trafficRefusals(next, isMade ? { found: null } : verdict);
  if (reasons.length > 0) return reasons;
  const rung = before && rungLeftUpwards(before, next);
  if (rung === null || allowance?.weight === rung) return [];
  const stage = recordOn(next, verdict)?.stages[String(rung)];
  if (stage?.judgement.verdict === "pass") return [];
  const said = stage
    ? `"${stage.judgement.verdict}": ${ended(stage.judgement.sentence)}`
    : `missing: the guard has not judged it yet.`;
  return [
    `${cannotGo(next)} the verdict of the rung at ${rung} % is ${said} ` +
      `Wait for it to pass, or record why it may be left as zero-downtime:canary.pass: { weight: ${rung}, reason: … }; ` +
      `any lower rung and deploy with ${next.from.colour} active are legal now.`,
  ];
}

/** Why a stage's traffic may not be written, whatever stage came before; empty where it may. */
export function trafficRefusals(next: Release, verdict: FoundVerdict): string[] {
  if (!needsVerdict(next)) return [];
  const cannot = cannotGo(next);
  const back = `The way back is deploy with ${next.from.colour} active`;
  if ("unreadable" in verdict)
    return [`${cannot} the verdict on ${next.to.version} cannot be read: ${verdict.unreadable}. ${back}.`];
  const failure = failureOf(verdict.found, candidateKey(next));
  if (!failure) return [];
  const { failed, digest } = failure;
  const { colour } = next.to;
  const another = `${colour}.image names another one${digest === undefined ? "" : `, or ${colour}.version does`}`;
  return [
    `${cannot} ${next.to.version} failed ${describeWatched(failed.watched)} at ${failed.at}: ${ended(failed.sentence)} ` +
      `It stays failed until ${another}. ${back}.`,
  ];
}

const cannotGo = (next: Release): string => `Cannot go to ${describePlace(placeOf(next))} as`;

/** What is known of the stage's own candidate: another one's record says nothing about it. */
const recordOn = (release: MovingRelease, verdict: FoundVerdict): CandidateRecord | null =>
  "found" in verdict && verdict.found && isSameCandidate(verdict.found, candidateKey(release))
    ? verdict.found
    : null;

/** With exactly one full stop at the end. */
const ended = (sentence: string): string => `${sentence.replace(/[.\s]+$/, "")}.`;

/** The rung that a move leaves for more traffic on the candidate. */
function rungLeftUpwards(before: Release, next: MovingRelease): number | null {
  if (!isWeighted(before)) return null;
  const watched = watchedIn(next);
  const isUpwards = watched === "switch" || (watched !== null && watched > before.weight);
  return isUpwards ? before.weight : null;
}

export const describeWatched = (watched: Watched): string =>
  watched === "switch" ? "in switch" : `on the rung at ${watched} %`;
