import { type Shown, difference, disagreement, isWrong, parseShown, wrong } from "./compare.ts";
import { type Ledger, isSettled } from "./expected-state.ts";
import type { Outcome } from "./outcome.ts";

type Wrong = Extract<Outcome, { result: "wrong" }>;

/** What a page was asked for. */
export interface AskedPage {
  readonly after: number;
  readonly limit: number;
  /** The ledger's event when it was asked for. */
  readonly began: number;
}

/** Reads a page of the list, or says what is malformed. */
export function parsePage(body: string): readonly Shown[] | Wrong {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return wrong("malformed", `no JSON: ${body.slice(0, 200)}`);
  }
  const list = typeof json === "object" && json !== null && "addresses" in json ? json.addresses : undefined;
  if (!Array.isArray(list)) return wrong("malformed", `no list of addresses: ${body.slice(0, 200)}`);
  const page: Shown[] = [];
  for (const each of list) {
    const shown = parseShown(each);
    if (isWrong(shown)) return shown;
    page.push(shown);
  }
  return page;
}

/**
 * Judges a page: in order, with everything that was there when it was asked for, each as
 * it was written.
 */
export function judgePage(
  ledger: Ledger,
  page: readonly Shown[],
  { after, limit, began }: AskedPage,
): Wrong | undefined {
  const ids = [after, ...page.map(({ id }) => id)];
  const disordered = ids.findIndex((id, index) => index > 0 && id <= (ids[index - 1] ?? after));
  if (disordered > 0) return wrong("malformed", `id ${ids[disordered]} comes after ${ids[disordered - 1]}`);
  let last = after;
  for (const shown of page) {
    const missing = firstMissing(ledger, last, shown.id, began);
    if (missing !== undefined) return missing;
    last = shown.id;
    const entry = ledger.byId(shown.id);
    const found = entry && isSettled(entry, began) ? difference(shown, entry.states) : disagreement(shown);
    if (found !== undefined) return found;
  }
  return page.length < limit ? firstMissing(ledger, last, ledger.lastId + 1, began) : undefined;
}

/** Looks between two ids, both exclusive, for an address that the page must have shown. */
function firstMissing(ledger: Ledger, after: number, before: number, began: number): Wrong | undefined {
  for (let id = Math.max(after + 1, ledger.firstId); id < before; id += 1) {
    const entry = ledger.byId(id);
    if (entry && isSettled(entry, began)) return wrong("lost", `address ${id} is not in the list`);
  }
  return undefined;
}
