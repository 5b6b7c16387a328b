import { setTimeout as sleep } from "node:timers/promises";
import { connectionsOf } from "../database/blockers.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";

const PAUSE_MILLISECONDS = 300;

/** @throws {Refusal} naming the connections that are still there at the deadline */
export async function awaitNoConnections(runner: Runner): Promise<string> {
  const { vacate, deadlineSeconds } = runner.settings;
  if (vacate === null) return "No login was to be vacated.";
  let told = "";
  for (;;) {
    const connections = await connectionsOf(runner.watcher, vacate);
    if (connections.length === 0) return `No connection of ${vacate} is left.`;
    const text = connections.slice(0, 10).join("; ");
    if (text !== told)
      runner.log(`Waiting for ${connections.length} connections of ${vacate} to end: ${text}`);
    told = text;
    try {
      await sleep(PAUSE_MILLISECONDS, undefined, { signal: runner.signal });
    } catch {
      throw new Refusal(
        `Cannot go on as login ${vacate} must have no connection left: ${connections.length} are still there after ${deadlineSeconds} s: ${text}. Stop what uses them, then repeat the stage`,
        { connections: connections.length },
      );
    }
  }
}
