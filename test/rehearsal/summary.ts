import Table from "cli-table3";
import type { Rehearsal } from "./rehearse.ts";

/** The rehearsal's figures as a table for people. */
export function summary({ stages, load, filled, unchanged }: Rehearsal): string {
  const table = new Table({
    head: [
      "stage",
      "seconds",
      "requests",
      "failed",
      "wrong",
      "slow",
      "longest gap ms",
      "p99 ms",
      "last old answer ms",
    ],
    style: { head: [], border: [] },
    colAligns: ["left", ...Array<"right">(8).fill("right")],
  });
  for (const stage of stages) {
    table.push([
      stage.title,
      stage.seconds.toFixed(1),
      stage.sent,
      stage.failed,
      stage.wrong,
      stage.slow,
      Math.round(stage.longestGapMilliseconds),
      stage.p99Milliseconds.toFixed(1),
      stage.lastOldAnswerMilliseconds === null ? "" : Math.round(stage.lastOldAnswerMilliseconds),
    ]);
  }
  const lines = [table.toString()];
  if (load) {
    const { totals, check } = load;
    lines.push(
      `${totals.sent.toLocaleString("en")} requests: ${totals.failed} failed, ${totals.wrong} wrong, ${totals.slow} slow, ${totals.overflow} not sent; ` +
        `${check.addresses.toLocaleString("en")} addresses written by users: ${check.lost} lost, ${check.changed} changed.`,
    );
  }
  if (filled)
    lines.push(
      `${filled.found.toLocaleString("en")} of ${filled.expected.toLocaleString("en")} filled addresses are there, ${filled.wrong} wrong.`,
    );
  if (unchanged)
    lines.push(
      `An unchanged up took ${unchanged.seconds.toFixed(1)} s: ${JSON.stringify(unchanged.changes)}.`,
    );
  return lines.join("\n");
}
