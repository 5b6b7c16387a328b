import { describePlace, type Place } from "../../release/place.ts";
import { hasWeight, isAfterSwitch } from "../../release/phases.ts";
import { other } from "../../release/release.ts";
import type { PastUp } from "../stack/history.ts";
import type { Answer } from "../moves/status.ts";
import { decisionsOf } from "./decisions-of.ts";
import { editsBetween } from "./config-diff.ts";
import { lastRelease, type LastRelease } from "./last-release.ts";
import type { Recorded } from "./recorded.ts";
import type { Judged, ReportData, ReportStage, Side, Totals } from "./report-data.ts";
import { trafficOf } from "./traffic-of.ts";
import type { Watch } from "../../protocol/state/guard-record.ts";
import { watchedWords } from "./page/format.ts";

const NO_GUARD = "No guard has kept a record of this candidate.";

/** Pure: the newest release of a stack, as far as it was recorded. */
export function releaseReport(recorded: Recorded): ReportData {
  const { app, stack, madeAt, now, schema, remarks } = recorded;
  const release = lastRelease(recorded.history);
  const [old, next] = sidesOf(release.ups);
  const watch = ofThisRelease(recorded.watch, release, next);
  const failed = "found" in watch ? (watch.found?.record.failed ?? null) : null;
  const traffic = trafficOf(release, old, next, watch, recorded);
  const strategy = release.ups.at(-1)?.config["strategy"];
  return {
    form: 1,
    kind: "release",
    app,
    stack,
    madeAt,
    end: endOf(release.ups, old, next),
    strategy: typeof strategy === "string" ? strategy : null,
    old,
    new: next,
    now,
    stages: stagesOf(release),
    traffic,
    course: courseOf(watch, old, next),
    totals: totalsOf(watch, old, next),
    costs: [],
    judged: judgedIn(watch),
    failed: failed && { watched: failed.watched, sentence: failed.sentence, at: failed.at },
    schema: schemaSince(schema, release.ups[0]?.at ?? madeAt),
    decisions: decisionsOf(release, watch, traffic, old, next),
    remarks: [...remarks],
  };
}

/**
 * Which version takes over from which: the last stage outside of stable tells, as both may be
 * edited before.
 */
function sidesOf(ups: readonly PastUp[]): [Side | null, Side | null] {
  const moving = ups.findLast(({ place }) => place !== null && place.phase !== "stable") ?? ups.at(-1);
  if (!moving?.place) return [null, null];
  const { place, slots } = moving;
  const from = isAfterSwitch(place.phase) ? other(place.active) : place.active;
  const side = (colour: Side["colour"]): Side | null => {
    const slot = slots[colour];
    return slot ? { version: slot.version, colour } : null;
  };
  return [side(from), place.phase === "stable" ? null : side(other(from))];
}

/**
 * The object stays until the next release begins; one that is about another image tells nothing of
 * this one.
 */
function ofThisRelease(
  watch: Answer<Watch | null>,
  { ups }: LastRelease,
  next: Side | null,
): Answer<Watch | null> {
  if ("unknown" in watch || watch.found === null || next === null) return watch;
  const images = ups.map(({ slots }) => slots[next.colour]?.image);
  if (images.includes(watch.found.record.image)) return watch;
  return { unknown: `The guard's record is about another candidate, ${watch.found.record.version}.` };
}

function endOf(ups: readonly PastUp[], old: Side | null, next: Side | null): ReportData["end"] {
  const last = ups.at(-1);
  if (!last?.place || last.outcome === "under way") return "under way";
  if (last.outcome === "failed") return "failed";
  const { phase, active } = last.place;
  if (phase === "stable") return next === null || active === next.colour ? "finished" : "taken back";
  const hadUsers = ups.some(({ place }) => place && servesNew(place, old));
  return hadUsers && !servesNew(last.place, old) ? "taken back" : "under way";
}

const servesNew = ({ phase, active }: Place, old: Side | null): boolean =>
  hasWeight(phase) || (old !== null && active !== old.colour);

function stagesOf({ before, ups }: LastRelease): ReportStage[] {
  return ups.map((up, at): ReportStage => {
    const previous = ups[at - 1] ?? before;
    const { blue, green } = up.slots;
    const versions = [blue && `blue ${blue.version}`, green && `green ${green.version}`];
    return {
      title: up.place ? describePlace(up.place) : "a stage that this version of the program does not know",
      at: up.at,
      seconds: up.seconds,
      outcome: up.outcome,
      versions: versions.filter((version) => version !== undefined).join(", ") || null,
      commit: up.commit === null ? null : `${up.commit}${up.isDirty ? " + edits" : ""}`,
      edits: previous ? editsBetween(previous.config, up.config) : [],
      notes: notesOn(up, previous),
    };
  });
}

const notesOn = (up: PastUp, previous: PastUp | null): string[] => [
  ...(previous === null
    ? ["Pulumi's history holds no stage before it, so that its edits are not known."]
    : []),
  ...(up.outcome === "failed"
    ? ["Why it failed is not in Pulumi's history: zd logs, or the log of whoever ran it."]
    : []),
];

/** Of the ledger, which remembers every release, what belongs to this one. */
function schemaSince(schema: ReportData["schema"], begun: string): ReportData["schema"] {
  if ("unknown" in schema || schema.found === null) return schema;
  const { migrations, walks, events } = schema.found;
  const own = migrations.filter(({ state, at }) => state !== "finished" || (at !== null && at >= begun));
  const isOwn = ({ migration }: { readonly migration: string | null }) =>
    own.some(({ id }) => id === migration);
  return {
    found: {
      migrations: own.length > 0 ? own : migrations.slice(-1),
      walks: walks.filter(isOwn),
      events: events.filter(({ at }) => at >= begun),
    },
  };
}

const isMissing = (watch: Answer<Watch | null>): string | null => {
  if ("unknown" in watch) return watch.unknown;
  return watch.found === null ? NO_GUARD : null;
};

function judgedIn(watch: Answer<Watch | null>): ReportData["judged"] {
  const missing = isMissing(watch);
  if (missing !== null || "unknown" in watch || !watch.found) return { unknown: missing ?? NO_GUARD };
  const stages = Object.entries(watch.found.record.stages).map(
    ([name, { judgement, since, seconds, allowed }]): Judged => ({
      watched: name === "switch" ? "switch" : Number(name),
      verdict: judgement.verdict,
      sentence: judgement.sentence,
      since,
      seconds,
      allowed,
      findings: judgement.findings.map(
        ({ metric, verdict, sentence, baseline, candidate, limit, evidence, proof }) => ({
          metric,
          verdict,
          sentence,
          baseline,
          candidate,
          limit,
          evidence,
          proof,
        }),
      ),
      missing: judgement.missing,
    }),
  );
  const order = ({ watched }: Judged) => (watched === "switch" ? 101 : watched);
  return { found: stages.sort((one, two) => order(one) - order(two)) };
}

function courseOf(watch: Answer<Watch | null>, old: Side | null, next: Side | null): ReportData["course"] {
  const missing = isMissing(watch);
  if (missing !== null || "unknown" in watch || !watch.found) return { unknown: missing ?? NO_GUARD };
  const intervals = watch.found.memory?.course?.intervals ?? [];
  if (!old || !next || intervals.length === 0)
    return { unknown: "The guard has kept sums and verdicts only." };
  return {
    found: intervals.map(({ at, seconds, active, candidate }) => ({
      at: new Date(at).toISOString(),
      seconds,
      by: { ...(active && { [old.colour]: active }), ...(candidate && { [next.colour]: candidate }) },
    })),
  };
}

/**
 * From the course where it was kept, as it holds every rung; else the sums of the stage that was
 * watched last.
 */
function totalsOf(watch: Answer<Watch | null>, old: Side | null, next: Side | null): ReportData["totals"] {
  const missing = isMissing(watch);
  if (missing !== null || "unknown" in watch || !watch.found) return { unknown: missing ?? NO_GUARD };
  const { record, memory } = watch.found;
  if (!memory || !old || !next) return { unknown: "The guard has kept its verdicts only." };
  const { intervals = [], mark = null } = memory.course ?? {};
  if (intervals.length > 0) {
    const sum = (side: "active" | "candidate") => {
      // What was counted after the last interval ended is in no interval yet, and often is why the
      // candidate failed.
      const [now, then] = [memory.stage[side].colour.requests, mark?.[side].requests];
      const since = (of: "count" | "failures") => (now && mark ? now[of] - (then?.[of] ?? 0) : 0);
      return {
        requests: intervals.reduce((all, one) => all + (one[side]?.requests ?? 0), since("count")),
        failures: intervals.reduce((all, one) => all + (one[side]?.failures ?? 0), since("failures")),
      };
    };
    const by: Totals["by"] = { [old.colour]: sum("active"), [next.colour]: sum("candidate") };
    return { found: { scope: "while it was under watch", by } };
  }
  const counted = ({
    colour: { requests },
  }: {
    colour: { requests: { count: number; failures: number } | null };
  }) => requests && { requests: requests.count, failures: requests.failures };
  const [base, own] = [counted(memory.stage.active), counted(memory.stage.candidate)];
  if (!own)
    return {
      unknown: `${next.version}'s requests could not be measured ${watchedWords(record.watched)}.`,
    };
  const by: Totals["by"] = { ...(base && { [old.colour]: base }), [next.colour]: own };
  return { found: { scope: watchedWords(record.watched), by } };
}
