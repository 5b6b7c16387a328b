import {
  describeEntrance,
  describeWhich,
  entrancesUnlike,
  publicWeights,
  weightsGiven,
  type LiveEntrance,
} from "../../protocol/traffic/live-traffic.ts";
import { describeTraffic } from "../../protocol/traffic/shares.ts";
import { NO_COURSE, noteAnswers, noteShare, type Course } from "../../release/traffic-history.ts";
import { judge } from "../../release/judge/judge.ts";
import type { Baseline, ColourEvidence, Evidence, MinuteMark } from "../../release/judge/evidence.ts";
import type { Judgement } from "../../release/judge/judgement.ts";
import { noteMinute } from "../../release/judge/minute-windows.ts";
import {
  NO_MOMENTS,
  noteMoment,
  type DurationsSeen,
  type Moments,
} from "../../release/judge/soak-windows.ts";
import {
  failuresIn,
  failureOf,
  isSameCandidate,
  type CandidateRecord,
  type StageRecord,
  type Watched,
} from "../../release/verdict.ts";
import { count, countDatabase, NOTHING_COUNTED, type Tally } from "./counter-deltas.ts";
import { crashing, describeCrash, noteCrashes, type Crashes } from "./crashes.ts";
import type { DatabaseLook } from "./session-metrics.ts";
import { stageRouting } from "./traffic.ts";
import type { ColourSight } from "./pods.ts";
import type { GuardSettings } from "../../protocol/jobs/guard-settings.ts";
import { sourceOf } from "./sources/sources.ts";

/**
 * All that a guard knows; stored in the verdict object, so that a restarted guard continues from
 * there. Plain JSON.
 */
export interface Memory {
  readonly record: CandidateRecord;
  readonly stage: StageMemory;
  /** The active colour's record at the last rung that both shared. */
  readonly shared: { readonly seconds: number; readonly colour: ColourEvidence } | null;
  /** The history of all stages of this candidate, for reports; nothing is judged by it. */
  readonly course: Course;
}

interface StageMemory {
  /** Milliseconds since the epoch. */
  readonly begunAt: number;
  /** The latest look. */
  readonly at: number;
  readonly isInForce: boolean;
  /** Seconds that the stage's traffic has been in force. */
  readonly seconds: number;
  readonly active: Tally;
  readonly candidate: Tally;
  /**
   * In `switch`, the candidate's durations by moment; a guard of an older program leaves them out.
   */
  readonly moments?: Moments;
  /**
   * In `switch`, where the candidate's counts stood when its latest minutes began; a guard of an
   * older program leaves them out.
   */
  readonly minutes?: readonly MinuteMark[];
  /**
   * Since when the candidate has had no ready pod, in milliseconds since the epoch; null
   * while it has.
   */
  readonly downSince: number | null;
  /** A guard of an older program leaves them out. */
  readonly crashes?: { readonly active: Crashes | null; readonly candidate: Crashes | null };
}

/** What one look at the cluster has shown; null for what could not be read at all. */
export interface Sight {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly entrances: readonly [LiveEntrance, ...LiveEntrance[]] | null;
  readonly active: ColourSight | null;
  readonly candidate: ColourSight | null;
  /** Null where it is not read, or could not be. */
  readonly database: { readonly active: DatabaseLook | null; readonly candidate: DatabaseLook | null };
  /** Why something could not be read, one line each. */
  readonly problems: readonly string[];
}

/**
 * A candidate without a single ready pod fails all of its traffic, but its counters show none of
 * it.
 */
const DOWN_SECONDS = 4;

/** Stands for a writer that the API server does not name. */
export const UNKNOWN_WRITER = "nobody known";

const NOT_JUDGED: Judgement = {
  verdict: "inconclusive",
  sentence: "Nothing has been measured yet.",
  findings: [],
  missing: ["a first look"],
};

/**
 * What the guard of a stage begins with: all that is known about this candidate, and an empty
 * record of this stage unless it is the same attempt.
 */
export function begin(found: Memory | null, settings: GuardSettings, now: number): Memory {
  const { candidate } = settings;
  const known = found && isSameCandidate(found.record, candidate) ? found : null;
  const key = String(settings.watched);
  if (known?.record.watched === settings.watched && known.record.stages[key]?.number === settings.number)
    return { ...known, record: allow(known.record, settings) };
  const stage: StageRecord = {
    number: settings.number,
    judgement: NOT_JUDGED,
    since: new Date(now).toISOString(),
    seconds: 0,
    allowed: null,
  };
  const record: CandidateRecord = {
    image: candidate.image,
    ...(candidate.digest === undefined ? {} : { digest: candidate.digest }),
    version: candidate.version,
    watched: settings.watched,
    stages: { ...known?.record.stages, [key]: stage },
    failed: failureOf(found?.record ?? null, candidate)?.failed ?? null,
    earlier: found ? failuresIn(found.record).filter((one) => !isSameCandidate(one, candidate)) : [],
  };
  return {
    record: allow(record, settings),
    stage: {
      begunAt: now,
      at: now,
      isInForce: false,
      seconds: 0,
      active: NOTHING_COUNTED,
      candidate: NOTHING_COUNTED,
      downSince: null,
    },
    shared: known ? sharedRecord(known) : null,
    course: known?.course ?? NO_COURSE,
  };
}

/** The rung that is left was the last one on which both served, if anything was measured there. */
function sharedRecord({ record, stage, shared }: Memory): Memory["shared"] {
  const isRung = record.watched !== "switch" && (stage.active.colour.requests?.count ?? 0) > 0;
  return isRung ? { seconds: stage.seconds, colour: stage.active.colour } : shared;
}

function allow(record: CandidateRecord, { allowed }: GuardSettings): CandidateRecord {
  const stage = allowed ? record.stages[String(allowed.weight)] : undefined;
  if (!allowed || !stage) return record;
  const stages = { ...record.stages, [String(allowed.weight)]: { ...stage, allowed: allowed.reason } };
  return { ...record, stages };
}

/**
 * What the guard knows after one more look, and what the judge makes of it. Once failed,
 * it stays failed.
 */
export function afterLook(memory: Memory, sight: Sight, settings: GuardSettings): Memory {
  const stage = stageAfter(memory.stage, sight, settings);
  const course = courseAfter(memory.course, stage, sight, settings);
  // A judgement after the traffic was given back would hide why it was.
  if (memory.record.failed) return { ...memory, stage, course };
  const judgement = judgeStage(stage, memory, sight, settings);
  const key = String(settings.watched);
  const before = memory.record.stages[key];
  const now = new Date(sight.at).toISOString();
  const isSameVerdict = before?.judgement.verdict === judgement.verdict;
  const stageRecord: StageRecord = {
    number: settings.number,
    allowed: before?.allowed ?? null,
    judgement,
    since: isSameVerdict ? before.since : now,
    seconds: Math.round(stage.seconds),
  };
  const failed =
    judgement.verdict === "fail"
      ? { watched: settings.watched, sentence: judgement.sentence, at: now }
      : null;
  const stages = { ...memory.record.stages, [key]: stageRecord };
  return { ...memory, stage, course, record: { ...memory.record, stages, failed } };
}

function courseAfter(
  course: Course,
  stage: StageMemory,
  { at, entrances }: Sight,
  { number, candidate }: GuardSettings,
): Course {
  const shared = entrances
    ? noteShare(course, {
        at,
        candidate: publicWeights(entrances)[candidate.colour] ?? 0,
        by: entrances[0].writer ?? UNKNOWN_WRITER,
      })
    : course;
  return noteAnswers(shared, { at, number, active: stage.active.colour, candidate: stage.candidate.colour });
}

function stageAfter(stage: StageMemory, sight: Sight, settings: GuardSettings): StageMemory {
  const isInForce = sight.entrances !== null && foreignIn(sight.entrances, settings).length === 0;
  // Only what happened between two looks that both saw the stage's traffic in force is counted.
  const isCounted = isInForce && stage.isInForce;
  const seconds = stage.seconds + (isCounted ? (sight.at - stage.at) / 1000 : 0);
  const look = { at: sight.at, begunAt: stage.begunAt, seconds, isInForce: isCounted };
  const after = (before: Tally, seen: ColourSight | null, database: DatabaseLook | null): Tally => {
    const tally = database && isCounted ? countDatabase(before, database) : before;
    return seen === null ? tally : count(tally, { ...look, pods: seen.seen, alive: seen.alive });
  };
  const candidate = after(stage.candidate, sight.candidate, sight.database.candidate);
  // A look that read nothing of the candidate ends no moment: what it missed must not count as
  // fast.
  const isRead = (sight.candidate?.seen.length ?? 0) > 0;
  const moments = stage.moments ?? NO_MOMENTS;
  const elapsed = (sight.at - stage.begunAt) / 1000;
  const isDown = sight.candidate?.ready === 0 && (sight.active?.ready ?? 0) > 0;
  return {
    begunAt: stage.begunAt,
    at: sight.at,
    isInForce: sight.entrances === null ? stage.isInForce : isInForce,
    seconds,
    active: after(stage.active, sight.active, sight.database.active),
    candidate,
    moments: isRead
      ? momentsAfter(moments, { at: seconds, durations: candidate.colour.durations }, settings)
      : moments,
    minutes:
      settings.watched === "switch" && candidate.colour.requests
        ? noteMinute(stage.minutes ?? [], seconds, candidate.colour.requests)
        : [],
    downSince: isDown && isInForce ? (stage.downSince ?? sight.at) : null,
    crashes: {
      active: crashesAfter(stage.crashes?.active, sight.active, elapsed),
      candidate: crashesAfter(stage.crashes?.candidate, sight.candidate, elapsed),
    },
  };
}

const crashesAfter = (
  before: Crashes | null | undefined,
  seen: ColourSight | null,
  elapsed: number,
): Crashes | null => (seen ? noteCrashes(before ?? null, seen.restarts, elapsed) : (before ?? null));

/** Only the soak is judged by moments. */
function momentsAfter(
  moments: Moments,
  seen: DurationsSeen,
  { watched, limits, metrics }: GuardSettings,
): Moments {
  if (watched !== "switch" || limits.durations === null) return moments;
  return noteMoment(moments, seen, limits.durations.quantiles, sourceOf(metrics).momentSeconds);
}

function judgeStage(
  stage: StageMemory,
  { record, shared }: Memory,
  sight: Sight,
  settings: GuardSettings,
): Judgement {
  const downSeconds = stage.downSince === null ? 0 : (sight.at - stage.downSince) / 1000;
  if (downSeconds >= DOWN_SECONDS)
    return {
      verdict: "fail",
      sentence: `${record.version} has had no ready pod for ${Math.round(downSeconds)} s, while it should answer ${trafficOf(settings.watched)}; ${settings.active.version} has ${sight.active?.ready ?? 0}.`,
      findings: [],
      missing: [],
    };
  const [foreign] = sight.entrances ? foreignIn(sight.entrances, settings) : [];
  if (foreign) return notInForce(foreign, settings);
  const crashed = crashing(stage.crashes?.candidate);
  // Where both versions crash, the cause is not in the candidate.
  if (crashed !== null && crashing(stage.crashes?.active) === null)
    return {
      verdict: "fail",
      sentence: `${record.version} crashes: ${describeCrash(crashed)}, and none of ${settings.active.version} did.`,
      findings: [],
      missing: [],
    };
  return judge(evidenceOf(stage, shared, sight, settings), settings.limits);
}

const trafficOf = (watched: Watched): string =>
  watched === "switch" ? "all requests" : `${watched} % of the requests`;

/** The entrances that do not give the stage's traffic. */
const foreignIn = (entrances: readonly LiveEntrance[], settings: GuardSettings): LiveEntrance[] =>
  entrancesUnlike(entrances, stageRouting(settings));

function notInForce(foreign: LiveEntrance, settings: GuardSettings): Judgement {
  const { entrance, writer } = foreign;
  const expected = describeTraffic(weightsGiven(entrance, stageRouting(settings)));
  const which = describeWhich(entrance, settings.entrances.objects);
  return {
    verdict: "inconclusive",
    sentence: `${which} gives ${describeEntrance(foreign)}, as ${writer ?? UNKNOWN_WRITER} wrote it, and not this stage's ${expected}: nothing is judged.`,
    findings: [],
    missing: [`traffic of ${expected}`],
  };
}

function evidenceOf(
  stage: StageMemory,
  shared: Memory["shared"],
  sight: Sight,
  { watched }: GuardSettings,
): Evidence {
  const recorded: Baseline = shared ? { kind: "recorded", ...shared } : { kind: "none" };
  const unread = [...sight.problems, ...(sight.active?.unread ?? []), ...(sight.candidate?.unread ?? [])];
  return {
    seconds: stage.seconds,
    weight: watched === "switch" ? 100 : watched,
    baseline: watched === "switch" ? recorded : { kind: "concurrent", colour: stage.active.colour },
    candidate: stage.candidate.colour,
    moments: stage.moments?.ended ?? [],
    minutes: stage.minutes ?? [],
    unread,
  };
}
