import { markdownTable } from "../markdown-table.ts";
import { inThreads } from "./in-threads.ts";
import { SOAK_NAMES, SOAK_RATE, SOAK_SECONDS, SPELLS, type Soak, type SoakName } from "./soaks.ts";
import { at, share, sorted, whole } from "./figures.ts";

/** Soaks 0 to `count` of a name, spread over so many threads. */
export const runSoaks = (name: SoakName, count: number, threads: number): Promise<Soak[]> =>
  inThreads<Soak>(new URL("./soak-worker.ts", import.meta.url), { name, count, threads });

/** The figures of the simulated soaks, as Markdown. */
export function reportSoaks(soaks: readonly Soak[]): string {
  const rows = SOAK_NAMES.map((name) => {
    const some = soaks.filter((soak) => soak.name === name);
    const failed = sorted(some.filter(({ verdict }) => verdict === "fail").map(({ seconds }) => seconds));
    const after = (part: number) => (failed.length === 0 ? "" : `${Math.round(at(failed, part))} s`);
    return [
      name,
      `${some.length}`,
      `${failed.length} (${share(failed.length, some.length)})`,
      after(0.5),
      after(0.95),
    ];
  });
  return [
    `${whole(soaks.length)} soaks of ${SOAK_SECONDS} s with ${SOAK_RATE} requests/s unless it says otherwise, looked at every 2 s, against the record of a rung at 50 % at which the machine was`,
    `quiet. A slow spell lasts ${SPELLS.last} s and makes every answer of it take ${SPELLS.slower} times as long; the first begins with the soak, the next ones`,
    "after times drawn by lot. A minute apart on average, a quarter of all answers are slow, and some spells follow one another at once: what fails then",
    "was slow for a minute and a half and more, with hardly a break. Seconds from the beginning of the soak to the verdict:",
    "",
    markdownTable(["the candidate", "soaks", "failed", "half of them by", "95 % by"], rows),
  ].join("\n");
}
