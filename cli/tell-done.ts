import { paint } from "./paint.ts";
import { statusLines } from "./status-lines.ts";
import type { Status } from "./status.ts";

/** The end of a stage that completed: what is true now, and what to type next. */
export function tellDone(status: Status, say: (line: string) => void): void {
  say(paint("green", "Done."));
  for (const line of statusLines(status)) say(line);
}
