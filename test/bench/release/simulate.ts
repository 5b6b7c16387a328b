import { markdownTable } from "../markdown-table.ts";
import { BACKGROUNDS, FAULT_NAMES, RATES, type Case, type Outcome } from "./cases.ts";
import { inThreads } from "./in-threads.ts";
import { at, share, sorted, whole } from "./figures.ts";

/** Cases 0 to `count` of a kind, spread over so many threads. */
export const runCases = (kind: Case["kind"], count: number, threads: number): Promise<Case[]> =>
  inThreads<Case>(new URL("./case-worker.ts", import.meta.url), { kind, count, threads });

/** The figures of the simulations, as Markdown. */
export function report(cases: readonly Case[]): string {
  const of = (kind: Case["kind"]) => cases.filter((one) => one.kind === kind);
  return [
    headline(of("headline")),
    healthy(of("healthy")),
    slightlySlower(of("10 % slower")),
    timeToPass(of("healthy")),
    faults(cases),
  ].join("\n\n");
}

function headline(cases: readonly Case[]): string {
  const lasts = cases.map(last);
  const before = (requests: number) =>
    lasts.filter((stage) => stage.verdict === "fail" && stage.requests < requests).length;
  const needed = sorted(lasts.map(({ requests }) => requests));
  return [
    `**5 % failures against 0.1 %, 100 requests/s, weight 5**, ${whole(cases.length)} runs, looked at every 2 to 5 s:`,
    `judged \`fail\` before 250 requests of the candidate in ${share(before(250), cases.length)} of them, before 235 (leaving`,
    `3 s for the flip) in ${share(before(235), cases.length)}; half of them by request ${at(needed, 0.5)}, 95 % by ${at(needed, 0.95)}.`,
  ].join("\n");
}

function healthy(cases: readonly Case[]): string {
  const aborted = (some: readonly Case[]) => some.filter((one) => last(one).verdict === "fail").length;
  const held = cases.filter((one) => last(one).verdict === "inconclusive").length;
  const rows = RATES.map((rate) => [
    `${rate}`,
    ...BACKGROUNDS.map((background) => {
      const some = cases.filter((one) => one.rate === rate && one.background === background);
      return `${aborted(some)} of ${some.length}`;
    }),
  ]);
  return [
    `**Healthy releases**, ${whole(cases.length)}: false aborts ${aborted(cases)} (${share(aborted(cases), cases.length)}), held for more than`,
    `three hours ${held}. By requests/s of both colours (the candidate has 1, 5, 25, 50, 100 % of them) and by failures of both:`,
    "",
    markdownTable(["requests/s", ...BACKGROUNDS.map((background) => `${background * 100} %`)], rows),
  ].join("\n");
}

function slightlySlower(cases: readonly Case[]): string {
  const count = (verdict: Outcome["verdict"]) => cases.filter((one) => last(one).verdict === verdict).length;
  return (
    `Of ${whole(cases.length)} releases slower by a tenth, which the limit of 1.5 times allows, ${count("pass")} passed, ` +
    `${count("fail")} were aborted (${share(count("fail"), cases.length)}), ${count("inconclusive")} held.`
  );
}

function timeToPass(cases: readonly Case[]): string {
  const weights = [1, 5, 25, 50, 100];
  const rows = RATES.flatMap((rate) =>
    BACKGROUNDS.map((background) => {
      const some = cases.filter((one) => one.rate === rate && one.background === background);
      return [
        `${rate}`,
        `${background * 100} %`,
        ...weights.map((weight) => {
          const passed = some.flatMap((one) =>
            one.outcomes.filter((stage) => stage.weight === weight && stage.verdict === "pass"),
          );
          return `${Math.round(at(sorted(passed.map(({ seconds }) => seconds)), 0.5))} s`;
        }),
      ];
    }),
  );
  return [
    "Time until a healthy rung passes, in the middle (`minimumSeconds` is 120):",
    "",
    markdownTable(
      ["requests/s", "failures", ...weights.map((weight) => (weight === 100 ? "switch" : `rung ${weight}`))],
      rows,
    ),
  ].join("\n");
}

function faults(cases: readonly Case[]): string {
  const rows = FAULT_NAMES.flatMap((fault) =>
    RATES.map((rate) => {
      const some = cases.filter((one) => one.kind === fault && one.rate === rate);
      const failed = some.filter((one) => last(one).verdict === "fail");
      const caughtAt = (weight: number) => failed.filter((one) => last(one).weight === weight).length;
      const count = (verdict: Outcome["verdict"]) =>
        some.filter((one) => last(one).verdict === verdict).length;
      return [
        fault,
        `${rate}`,
        `${some.length}`,
        `${count("pass")}`,
        `${count("inconclusive")}`,
        [1, 5, 25, 50, 100].map(caughtAt).join(" / "),
        `${at(sorted(failed.map((one) => last(one).requests)), 0.5)}`,
        `${Math.round(at(sorted(failed.map((one) => last(one).seconds)), 0.5))} s`,
      ];
    }),
  );
  const bad = cases.filter(({ kind }) => kind !== "headline" && kind !== "healthy" && kind !== "10 % slower");
  const missed = bad.filter((one) => last(one).verdict === "pass").length;
  return [
    `**Bad releases**, ${whole(bad.length)}, with the same traffic and backgrounds: missed ${missed} (${share(missed, bad.length)}). Missed is`,
    "what passed every rung and `switch`; held is what neither passed nor failed within three hours. The requests and the time are those of",
    "the rung on which it was caught, in the middle:",
    "",
    markdownTable(
      [
        "fault",
        "requests/s",
        "releases",
        "missed",
        "held",
        "caught at 1 / 5 / 25 / 50 / switch",
        "candidate's requests",
        "time",
      ],
      rows,
    ),
  ].join("\n");
}

function last(one: Case): Outcome {
  const outcome = one.outcomes.at(-1);
  if (!outcome) throw new RangeError(`Cannot report a ${one.kind} case without a stage`);
  return outcome;
}
