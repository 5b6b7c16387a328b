import { setTimeout as pause } from "node:timers/promises";
import type { Outcome, Stack } from "./stack.ts";

const LOOK_MILLISECONDS = 10;

/** What `up` prints whenever it begins or ends something with a resource. */
const REPORT = /^ *[-+~]+ .* (creat|updat|delet|replac)(ing|ed)/;

/**
 * An `up` that is killed, with all that it has started, as soon as it `isTime` by what it has
 * reported; one that was faster has just ended.
 */
export async function killedUp(
  stack: Stack,
  isTime: (reports: readonly string[]) => boolean,
): Promise<Outcome> {
  const running = stack.startUp();
  const reports: string[] = [];
  let isOver = false;
  const reading = (async () => {
    for await (const line of running.lines) if (REPORT.test(line)) reports.push(line);
  })();
  const ending = running.outcome.finally(() => (isOver = true));
  while (!isOver && !isTime(reports)) await pause(LOOK_MILLISECONDS);
  if (!isOver) running.kill("SIGKILL");
  await reading;
  return ending;
}
