import { describePlace } from "../../release/place.ts";
import type { PastUp } from "../stack/history.ts";
import { paint } from "./paint.ts";

/** The last stages as a table, the newest last. */
export function historyLines(ups: readonly PastUp[], count: number): string[] {
  const rows = ups.slice(-count).map(rowOf);
  const header = ["n", "when", "stage", "blue", "green", "commit", "outcome"];
  const widths = header.map((word, at) => Math.max(word.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    paint("dim", line(header)),
    ...rows.map((row) => (row.at(-1)?.startsWith("completed") ? line(row) : paint("red", line(row)))),
  ];
}

function rowOf({ n, at, place, slots, commit, isDirty, outcome, seconds }: PastUp): string[] {
  return [
    String(n),
    at.slice(0, 19).replace("T", " "),
    place ? describePlace(place) : "?",
    slots.blue?.version ?? "–",
    slots.green?.version ?? "–",
    commit === null ? "–" : `${commit}${isDirty ? " + edits" : ""}`,
    seconds === null ? outcome : `${outcome}, ${seconds} s`,
  ];
}
