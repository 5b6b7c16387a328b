import { setTimeout as pause } from "node:timers/promises";
import { difference, isWrong } from "./compare.ts";
import type { Connections } from "../connections.ts";
import type { Ledger } from "./expected-state.ts";
import type { WrongKind } from "./outcome.ts";
import { parsePage } from "./check-page.ts";
import type { FinalCheck } from "../report.ts";

const PAGE = 500;
const ATTEMPTS = 20;
const PAUSE_MILLISECONDS = 250;

/**
 * Looks once more at every address that was created, through the service, and says which are lost
 * or changed.
 */
export async function finalCheck(
  ledger: Ledger,
  connections: Connections,
  report: (kind: WrongKind, detail: string) => void,
): Promise<FinalCheck> {
  const start = performance.now();
  const seen = new Set<number>();
  let changed = 0;
  let complete = true;
  for (let after = ledger.firstId - 1; ledger.size > 0 && after < ledger.lastId;) {
    const body = await insist(connections, `/addresses?after=${after}&limit=${PAGE}`);
    const page = body === undefined ? [] : parsePage(body);
    if (body === undefined || isWrong(page)) {
      report("malformed", isWrong(page) ? page.detail : `no answer after address ${after}`);
      complete = false;
      break;
    }
    for (const shown of page) {
      seen.add(shown.id);
      const entry = ledger.byId(shown.id);
      const found = entry && difference(shown, entry.states);
      if (found === undefined) continue;
      changed += 1;
      report(found.kind, found.detail);
    }
    after = page.at(-1)?.id ?? ledger.lastId;
  }
  const lost = complete ? ledger.entries.filter(({ id }) => !seen.has(id)) : [];
  for (const { id } of lost) report("lost", `address ${id} is gone`);
  return {
    addresses: ledger.size,
    lost: lost.length,
    changed,
    complete,
    seconds: (performance.now() - start) / 1_000,
  };
}

/** A page that cannot be read proves nothing, so it is asked for again for some seconds. */
async function insist(connections: Connections, path: string): Promise<string | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const reply = await connections.send("keptAlive", { method: "GET", path });
    if (!("failed" in reply) && reply.status === 200) return reply.body;
    await pause(PAUSE_MILLISECONDS);
  }
  return undefined;
}
