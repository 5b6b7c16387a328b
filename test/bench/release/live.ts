// The parts that need a cluster: how fast traffic moves, and how fast the guard takes it from a bad version.
import { localTarget } from "../../support/target.ts";
import { withEnvironment } from "../../support/with-environment.ts";
import { measureFaults } from "./faults.ts";
import { measureFlips, type FlipTimes } from "./flips.ts";

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
  withEnvironment(async (environment) => {
    const times = await measureFaults(localTarget(environment), say);
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
