// The parts that need a cluster: how fast traffic moves, and how fast the guard takes it
// from a bad version.
import { localTarget } from "../../support/target.ts";
import { withEnvironment } from "../../support/with-environment.ts";
import { rehearse } from "../../rehearsal/rehearse.ts";
import { measureFaults, measureRuns } from "./faults.ts";
import { measureFlips, type FlipTimes } from "./flips.ts";

/** Of the canary release, in requests a second. */
const RATE = 800;

/** @returns the figures as Markdown */
export const flipFigures = (count: number): Promise<string> =>
  withEnvironment(async (environment) => {
    const { times, requests, failed } = await measureFlips(localTarget(environment), count);
    const rows = times.map(rowOf);
    return [
      `Milliseconds from the write being sent to the last answer of the other colour, at 300 requests/s; ${count} switches and ${count} rollbacks by each entrance.`,
      `${requests.toLocaleString("en")} requests, ${failed} failed or wrong.`,
      "",
      "| entrance | direction | connections | median | p99 | longest | still with the other colour after 0.7 s |",
      "| --- | --- | --- | ---: | ---: | ---: | ---: |",
      ...rows,
      "",
      "A Service leaves a kept-alive connection with its pod until that pod ends: a switch does not move it, so a rollback has nothing to move back.",
    ].join("\n");
  });

function rowOf({ entrance, direction, connection, milliseconds }: FlipTimes): string {
  const sorted = milliseconds.filter((each) => each !== null).sort((one, two) => one - two);
  const at = (share: number) => {
    const found = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    return found === undefined ? "–" : Math.round(found);
  };
  const stayed = `${milliseconds.length - sorted.length} of ${milliseconds.length}`;
  const kind = connection === "fresh" ? "fresh" : "kept-alive";
  return `| ${entrance} | ${direction} | ${kind} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${stayed} |`;
}

/** @returns the figures as Markdown */
export const faultFigures = (say: (line: string) => void): Promise<string> =>
  withEnvironment(async () => {
    const times = await measureFaults(say);
    const rows = times.map(
      ({ what, weight, seconds, met, sentence }) =>
        `| ${what} | ${weight} % | ${seconds === null ? "not within 240 s" : seconds.toFixed(1)} | ${met} | ${sentence} |`,
    );
    return [
      "Released by `pulumi up` at 100 requests/s, with limits as by default: from the bad version's first answer to its weight being 0.",
      "",
      "| fault | rung | seconds | requests that met it | the guard's words |",
      "| --- | ---: | ---: | ---: | --- |",
      ...rows,
    ].join("\n");
  });

const MOST_MET = 250;

/** @returns the figures as Markdown */
export const runFigures = (count: number, say: (line: string) => void): Promise<string> =>
  withEnvironment(async () => {
    const runs = await measureRuns(count, say);
    const inTime = runs.filter(({ seconds, met }) => seconds !== null && met < MOST_MET).length;
    const met = runs.map((run) => run.met).sort((one, two) => one - two);
    const rows = runs.map(
      (run, at) =>
        `| ${at + 1} | ${run.met} | ${run.seconds?.toFixed(1) ?? "never"} | ${run.secondsAfterVerdict?.toFixed(2) ?? "–"} |`,
    );
    return [
      `Released by \`pulumi up\` at weight 5 and 100 requests/s, beside a version that fails 0.1 %; failing requests are drawn by a seed.`,
      `In ${inTime} of ${runs.length} runs all traffic was back before ${MOST_MET} requests had met the new version; most ${met.at(-1)}, median ${met[Math.floor(met.length / 2)]}.`,
      "",
      "| seed | requests that met it | seconds to weight 0 | of these after the verdict |",
      "| ---: | ---: | ---: | ---: |",
      ...rows,
    ].join("\n");
  });

/**
 * @returns the figures as Markdown
 * @throws {Error} where a request or a row was lost or wrong, or could not be counted
 */
export const canaryFigures = (requests: number, say: (line: string) => void): Promise<string> =>
  withEnvironment(async (environment) => {
    const options = {
      name: "bench-canary",
      strategy: "canary",
      rows: 20_000,
      rate: RATE,
      requests,
      // Users, engine and pods share the processors: an up slows every answer down, and in the soak
      // there is no other colour to compare with.
      changes: { canary: { durations: null, cpu: null } },
    } as const;
    const { stages, load, filled, faults } = await rehearse(localTarget(environment), options, say);
    if (faults.length > 0 || !load || !filled)
      throw new Error(`The release was not without loss:\n${faults.join("\n")}`);
    const { totals, check } = load;
    const rungs = stages.flatMap(({ title, share }) => (share ? [{ title, ...share }] : []));
    const count = (value: number) => value.toLocaleString("en");
    return [
      `Every stage by \`pulumi up\`, with its schema change, at ${RATE} requests/s on fresh and kept-alive connections: up to 25 %, back down, up again, and to the end. Each rung is left on the judge's pass, by failures and memory; durations and CPU are not judged here, as users, engine and pods share the processors.`,
      `${count(totals.sent)} requests (${count(totals.answersBy.fresh)} answered on fresh, ${count(totals.answersBy.keptAlive)} on kept-alive connections): ${totals.failed} failed, ${totals.wrong} wrong, ${totals.slow} slow, ${totals.overflow} not sent.`,
      `${count(check.addresses)} addresses written by users: ${check.lost} lost, ${check.changed} changed. ${count(filled.found)} of ${count(filled.expected)} filled in before: ${filled.wrong} wrong.`,
      "",
      "| rung | answers while it held | of the new version | share |",
      "| --- | ---: | ---: | ---: |",
      ...rungs.map(
        ({ title, answers, candidate }) =>
          `| ${title} | ${count(answers)} | ${count(candidate)} | ${((100 * candidate) / answers).toFixed(3)} % |`,
      ),
      "",
      "Every share lies within the binomial 99.999 % interval of its weight.",
    ].join("\n");
  });
