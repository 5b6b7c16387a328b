import { thinned } from "../../cli/report/stage-totals.ts";
import type { Interval, ReportData, ReportStage, Share, Side } from "../../cli/report/report-data.ts";
import type { AnswersOf, Second } from "../../example/load/seconds.ts";
import { COLOURS, type Colour } from "../../release/release.ts";
import type { RehearsalOptions } from "./do-stage.ts";
import type { Rehearsal } from "./rehearse.ts";
import type { StageFigures } from "./stage-figures.ts";

/** More points than this are not told apart on a page. */
const MOST_INTERVALS = 180;

const count = (value: number): string => value.toLocaleString("en-GB");

/**
 * Pure: a rehearsal as the same page that tells of a release; measured by its users, not
 * by a guard.
 */
export function rehearsalReport(
  rehearsal: Rehearsal,
  { name, rows, strategy }: RehearsalOptions,
  madeAt: Date,
): ReportData {
  const { stages, written, load, faults } = rehearsal;
  const seconds = load?.seconds ?? [];
  const side = (colour: Colour): Side | null => {
    const version = seconds.flatMap(({ answers }) => answers).find((one) => one.colour === colour)?.version;
    return version === undefined ? null : { version, colour };
  };
  const unrecorded = { unknown: "A rehearsal counts what its users see." };
  return {
    form: 1,
    kind: "rehearsal",
    app: `the address book, ${count(rows)} rows, ${count(rehearsal.asked.rate)} requests a second`,
    stack: name,
    madeAt: madeAt.toISOString(),
    end: faults.length === 0 ? "finished" : "failed",
    strategy,
    old: side("blue"),
    new: side("green"),
    now: { found: "Everything that the rehearsal made was removed at its end." },
    stages: stages.map(stageOf),
    traffic: trafficOf(written),
    course:
      seconds.length > 0
        ? { found: thinned(seconds.map(intervalOf), MOST_INTERVALS) }
        : { unknown: "The load kept no record by the second." },
    totals: { unknown: "The table by stage has the sums." },
    costs: costsOf(rehearsal),
    judged: { unknown: "Every answer that is lost or wrong is a fault; a judge's evidence is not kept." },
    failed: null,
    schema: unrecorded,
    decisions: [],
    remarks: [...faults],
  };
}

function stageOf(figures: StageFigures): ReportStage {
  const { title, startedAt, isOk, seconds, sent, failed, wrong, slow } = figures;
  const { longestGapMilliseconds, p99Milliseconds, lastOldAnswerMilliseconds } = figures;
  return {
    title,
    at: new Date(startedAt).toISOString(),
    seconds,
    outcome: isOk ? "completed" : "failed",
    versions: null,
    commit: null,
    edits: [],
    notes: [
      `${count(sent)} requests: ${failed} failed, ${wrong} wrong, ${slow} slow; 99 % within ${Math.round(p99Milliseconds)} ms; longest gap ${Math.round(longestGapMilliseconds)} ms`,
      ...(lastOldAnswerMilliseconds === null
        ? []
        : [
            `Last answer of the old colour ${Math.round(lastOldAnswerMilliseconds)} ms after the traffic was written`,
          ]),
    ],
  };
}

function trafficOf(written: Rehearsal["written"]): ReportData["traffic"] {
  const found = written.flatMap(({ at, weights }): Share[] => {
    const [blue, green] = weights.trim().split(/\s+/).map(Number);
    if (blue === undefined || green === undefined || !(blue + green > 0)) return [];
    return [{ at: new Date(at).toISOString(), by: "the up", percent: { blue, green } }];
  });
  return found.length > 0 ? { found } : { unknown: "The route was not seen to be written." };
}

function intervalOf({ at, answers }: Second): Interval {
  const by = COLOURS.flatMap((colour) => {
    const own = answers.find((one) => one.colour === colour);
    return own ? [[colour, answersIn(own)] as const] : [];
  });
  return { at: new Date(at + 1_000).toISOString(), seconds: 1, by: Object.fromEntries(by) };
}

const answersIn = ({ answers, failed, p50, p95, p99 }: AnswersOf) => ({
  requests: answers,
  failures: failed,
  p50: p50 / 1_000,
  p95: p95 / 1_000,
  p99: p99 / 1_000,
});

function costsOf({ load, filled, unchanged }: Rehearsal): string[] {
  if (!load) return ["The load ended without a report, so that nothing is known."];
  const { totals, check, seconds } = load;
  const unanswered = seconds.reduce((sum, second) => sum + second.unanswered, 0);
  return [
    `${count(totals.sent)} requests: ${totals.failed} failed, ${totals.wrong} wrong, ${totals.slow} slow, ${totals.overflow} not sent.`,
    ...(unanswered > 0 ? [`${count(unanswered)} of them were answered by no version.`] : []),
    `${count(check.addresses)} addresses written by users: ${check.lost} lost, ${check.changed} changed${check.complete ? "" : ", not all looked at"}.`,
    filled
      ? `${count(filled.found)} of ${count(filled.expected)} addresses filled in before are there, ${filled.wrong} wrong.`
      : "Whether the addresses filled in before are there was not looked at.",
    ...(unchanged ? [`An up that had nothing to do took ${unchanged.seconds.toFixed(1)} s.`] : []),
  ];
}
