import type { Usage } from "./health/component-usage.ts";
import { elapsed } from "./report.ts";

/** One part as `status` shows it. */
export interface StatusRow {
  readonly name: string;
  readonly problem: string | undefined;
  readonly usage: Usage | undefined;
  readonly address: string;
}

/** The table of `status`. */
export function statusLines(rows: readonly StatusRow[]): string[] {
  const cells = rows.map((row) => [
    row.name,
    row.problem === undefined ? "ready" : "not ready",
    row.usage === undefined ? "" : `pid ${row.usage.pid}`,
    row.usage === undefined ? "" : uptime(row.usage.uptimeMilliseconds),
    row.usage === undefined ? "" : megabytes(row.usage.memoryBytes),
    row.problem ?? row.address,
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 3 || column === 4 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** The sum over all parts, for the last line. */
export function totalMemory(rows: readonly StatusRow[]): string {
  return megabytes(rows.reduce((sum, row) => sum + (row.usage?.memoryBytes ?? 0), 0));
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

function uptime(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 60) return elapsed(milliseconds);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
