import { describePlace } from "../../release/place.ts";
import type { PastUp } from "../stack/history.ts";
import type { Answer } from "../moves/status.ts";
import type { LastRelease } from "./last-release.ts";
import type { Decision, ReportData, Side } from "./report-data.ts";
import type { Watch } from "../../protocol/state/guard-record.ts";
import { watchedWords } from "./page/format.ts";

/** Every up, verdict, flip and recorded reason, in order of time. */
export function decisionsOf(
  { ups }: LastRelease,
  watch: Answer<Watch | null>,
  traffic: ReportData["traffic"],
  old: Side | null,
  next: Side | null,
): Decision[] {
  const found = "found" in watch ? watch.found : null;
  const all = [
    ...ups.map(upDecision),
    ...(found ? guardDecisions(found, next) : []),
    ...("found" in traffic ? flips(traffic.found, old, next) : []),
  ];
  return all.sort((one, two) => (one.at < two.at ? -1 : 1));
}

const upDecision = ({ at, place, by, message }: PastUp): Decision => ({
  at,
  who: by,
  what: `to enter ${place ? describePlace(place) : "a stage unknown to this version of the program"}`,
  reason: message,
  source: "Pulumi's history",
});

function guardDecisions({ record }: Watch, next: Side | null): Decision[] {
  const version = next?.version ?? record.version;
  const { failed, stages } = record;
  const failure: Decision[] = failed
    ? [
        {
          at: failed.at,
          who: "the guard, by the judge",
          what: `that ${version} has failed ${watchedWords(failed.watched)}`,
          reason: failed.sentence,
          source: "the verdict object",
        },
      ]
    : [];
  const words = Object.entries(stages).flatMap(([name, { allowed, since }]): Decision[] =>
    allowed === null
      ? []
      : [
          {
            at: since,
            who: "a person, in config",
            what: `that the rung at ${name} % may be left without a pass (the time is the verdict's)`,
            reason: allowed,
            source: "canary.pass, kept in the verdict object",
          },
        ],
  );
  return [...failure, ...words];
}

function flips(
  shares: Extract<ReportData["traffic"], { found: unknown }>["found"],
  old: Side | null,
  next: Side | null,
): Decision[] {
  return shares.flatMap(({ at, by, percent }) =>
    by.startsWith("the up") || !next
      ? []
      : [
          {
            at,
            who: by,
            what:
              percent[next.colour] === 0
                ? `to give all traffic back to ${old?.version ?? "the old version"}`
                : `to give ${next.version} ${percent[next.colour] ?? 0} % of the traffic`,
            reason: by === "the guard" ? "the verdict fail" : null,
            source: "the entrance, as the guard saw it",
          },
        ],
  );
}
