import type { Totals, ReportData, Share, Side } from "./report-data.ts";
import {
  clock,
  duration,
  moment,
  part,
  quick,
  secondsBetween,
  sideWords,
  watchedWords,
  whole,
} from "./page/format.ts";

/** The release in a few sentences, for a reader who was not there. */
export interface Story {
  readonly tone: "bad" | "good" | "open";
  readonly headline: string;
  readonly parts: readonly { readonly question: string; readonly sentences: readonly string[] }[];
}

/**
 * Pure: what happened, when, why, what it cost, and what is true now. Where the record does not
 * say, neither does this.
 */
export function storyOf(data: ReportData): Story {
  const parts = [
    { question: "What happened", sentences: happened(data) },
    { question: "When", sentences: when(data) },
    { question: "Why", sentences: why(data) },
    { question: "What it cost", sentences: cost(data) },
    {
      question: "What is true now",
      sentences: ["found" in data.now ? data.now.found : `Not known: ${data.now.unknown}`],
    },
    { question: "To look at", sentences: data.remarks },
  ];
  return {
    tone: toneOf(data),
    headline: headline(data),
    parts: parts.filter(({ sentences }) => sentences.length > 0),
  };
}

function toneOf({ end, failed }: ReportData): Story["tone"] {
  if (failed || end === "failed") return "bad";
  return end === "finished" ? "good" : "open";
}

function headline({ kind, end, failed, old, new: next, stages }: ReportData): string {
  const from = old?.version ?? "the old version";
  const to = next?.version ?? "the new version";
  if (kind === "rehearsal")
    return `The rehearsal from ${from} to ${to} ${end === "finished" ? "passed" : "did not pass"}`;
  if (failed) return `${to} failed ${watchedWords(failed.watched)}`;
  switch (end) {
    case "finished":
      return next ? `${to} has taken over from ${from}` : `${from} serves, and nothing is on its way`;
    case "taken back":
      return `${to} was taken back, ${from} serves`;
    case "failed":
      return `On the way from ${from} to ${to}, "${stages.at(-1)?.title ?? "a stage"}" failed`;
    case "under way":
      return `${to} is on its way to take over from ${from}`;
  }
}

function happened(data: ReportData): string[] {
  const { old, new: next, strategy, stages, failed } = data;
  const done = stages.filter(({ outcome }) => outcome === "completed").length;
  const way =
    old && next
      ? `${sideWords(next)} was to take over from ${sideWords(old)}${strategy === null ? "" : ` by ${strategy}`}.`
      : "The record does not say which version was to take over from which.";
  const walked = `${whole(stages.length)} ${stages.length === 1 ? "stage was" : "stages were"} entered, ${whole(done)} completed${
    stages.length > done
      ? ` (${stages
          .filter(({ outcome }) => outcome !== "completed")
          .map(({ title, outcome }) => `${title}: ${outcome}`)
          .join("; ")})`
      : ""
  }.`;
  return [way, walked, ...(failed ? flipped(data, failed.at) : [])];
}

function flipped({ traffic, failed, new: next, old }: ReportData, at: string): string[] {
  const judged = `The judge failed ${next?.version ?? "the candidate"} ${watchedWords(failed?.watched ?? "switch")}, at ${moment(at)}.`;
  const back =
    "found" in traffic ? traffic.found.find((share) => isWithout(share, next) && share.at >= at) : undefined;
  const again = `on ${old?.version ?? "the old version"} again`;
  if (!back) return [judged, `When all traffic was ${again} was not recorded.`];
  if (back.by.startsWith("the up"))
    return [
      judged,
      `All traffic was ${again} at ${clock(back.at)} UTC at the latest, by an up; when the guard gave it back was not recorded.`,
    ];
  const after = secondsBetween(at, back.at);
  return [
    judged,
    `All public traffic was ${again} at ${clock(back.at)} UTC, ${after < 1 ? "within a second" : `${duration(after)} later`}, by ${back.by}.`,
  ];
}

const isWithout = (share: Share, side: Side | null): boolean =>
  side !== null && (share.percent[side.colour] ?? 0) === 0;

function when(data: ReportData): string[] {
  const [first, last] = [data.stages.at(0), data.stages.at(-1)];
  if (!first || !last) return ["No stage is recorded."];
  const begun = `The first stage began at ${moment(first.at)}`;
  if (last.seconds === null) return [`${begun}; "${last.title}" has not ended.`, ...exposure(data)];
  const end = new Date(Date.parse(last.at) + last.seconds * 1000).toISOString();
  return [
    `${begun}, the last one ended at ${moment(end)}: ${duration(secondsBetween(first.at, end))} in all.`,
    ...exposure(data),
  ];
}

/** How long users had the new version. */
function exposure({ traffic, new: next, madeAt, kind }: ReportData): string[] {
  if (!next || kind === "rehearsal") return [];
  if ("unknown" in traffic)
    return [`How long users were on ${next.version} is not known: ${traffic.unknown}`];
  const shares = traffic.found;
  const from = shares.findIndex((share) => !isWithout(share, next));
  const begun = shares[from];
  if (!begun) return [`No public traffic of ${next.version} is recorded.`];
  const ended = shares.slice(from).find((share) => isWithout(share, next));
  const most = Math.max(...shares.map(({ percent }) => percent[next.colour] ?? 0));
  return ended
    ? [
        `Users were on ${next.version} from ${clock(begun.at)} to ${clock(ended.at)} UTC, ${duration(secondsBetween(begun.at, ended.at))}, with at most ${most} % of the traffic.`,
      ]
    : [
        `Users have been on ${next.version} since ${moment(begun.at)}, ${duration(secondsBetween(begun.at, madeAt))}.`,
      ];
}

function why({ failed, judged, stages, end, decisions, kind }: ReportData): string[] {
  if (failed) {
    const stage =
      "found" in judged ? judged.found.find(({ watched }) => watched === failed.watched) : undefined;
    const proofs = (stage?.findings ?? []).flatMap(({ metric, verdict, proof }) =>
      verdict === "fail" && proof !== null
        ? [
            `By ${metric}: a candidate no worse than the old version would look as bad as this in fewer than one of ${whole(proof)} such stages.`,
          ]
        : [],
    );
    return [/[.!?]$/.test(failed.sentence) ? failed.sentence : `${failed.sentence}.`, ...proofs];
  }
  if (end === "failed" && kind === "release") return stages.at(-1)?.notes ?? [];
  if (end === "taken back") {
    const reasons = decisions.flatMap(({ reason }) => (reason === null ? [] : [reason]));
    const last = reasons.at(-1);
    return [last === undefined ? "No reason was recorded." : `The last reason that was recorded: ${last}`];
  }
  return [];
}

function cost(data: ReportData): string[] {
  const { totals, new: next, old } = data;
  if (data.kind === "rehearsal" || !next || !old) return data.costs;
  if ("unknown" in totals) return [`Requests were not counted: ${totals.unknown}`];
  return [...failedRequests(totals.found, old, next), ...slower(data), ...schemaCost(data), ...data.costs];
}

function failedRequests({ by, scope }: Totals, old: Side, next: Side): string[] {
  const [new_, base] = [by[next.colour], by[old.colour]];
  if (!new_ || new_.requests === 0) return [`No request reached ${next.version} (${scope}).`];
  const told = `Of ${whole(new_.requests)} requests that ${next.version} answered ${scope}, ${whole(new_.failures)} failed (${part(new_.failures, new_.requests)}).`;
  if (!base || base.requests === 0)
    return [told, `${old.version} answered none at the same time, so that there is nothing to compare with.`];
  const usual = (base.failures / base.requests) * new_.requests;
  const more = Math.max(0, Math.round(new_.failures - usual));
  return [
    told,
    `At the same time ${whole(base.failures)} of ${whole(base.requests)} failed on ${old.version} (${part(base.failures, base.requests)}): ${more === 0 ? "the release made no more requests fail" : `the release made about ${whole(more)} more ${more === 1 ? "request" : "requests"} fail`} than if all had stayed on ${old.version}.`,
  ];
}

/** What the judge found about durations on the stage that decided. */
function slower({ judged, failed, new: next }: ReportData): string[] {
  if ("unknown" in judged) return [];
  const stage = failed ? judged.found.find(({ watched }) => watched === failed.watched) : judged.found.at(-1);
  const found = stage?.findings.find(({ metric }) => metric === "durations");
  if (!found) return [];
  const { verdict, sentence, candidate, baseline } = found;
  if (verdict === "fail")
    return [`Users of ${next?.version ?? "the new version"} waited longer: ${sentence}.`];
  const figures =
    candidate === null || baseline === null ? "" : ` (${quick(candidate)} against ${quick(baseline)})`;
  return [
    verdict === "pass"
      ? `Nobody had to wait longer than the limit allows${figures}.`
      : `That users had to wait longer was neither proven nor ruled out${figures}.`,
  ];
}

function schemaCost({ schema }: ReportData): string[] {
  if ("unknown" in schema || schema.found === null) return [];
  return schema.found.migrations.flatMap(({ id, state }) => {
    if (state === "finished") return [];
    return state === "contracting"
      ? [`Schema: ${id} is contracting: what the old version needs is being dropped.`]
      : [`Schema: ${id} is ${state}; nothing that the old version needs was dropped.`];
  });
}
