import { paint } from "../terminal/paint.ts";
import { statusLines } from "../terminal/status-lines.ts";
import type { Status } from "../moves/status.ts";

/** The end of a stage that completed: what is true now, and what to type next. */
export function printResult(status: Status, say: (line: string) => void): void {
  say(paint("green", "Done."));
  for (const line of statusLines(status)) say(line);
}
