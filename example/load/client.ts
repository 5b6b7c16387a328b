import { HOUSE_NUMBERS, STREETS_WITHOUT_NUMBER, STREET_NAMES, knownStreet } from "../street-samples.ts";
import { difference, disagreement, isWrong, parseShown, wrong } from "./check/compare.ts";
import type { Asked, Reply } from "./connections.ts";
import { type Entry, Ledger, type Parts, type Written, isSettled, mayWrite } from "./check/expected-state.ts";
import type { ParsedLoadOptions } from "./options.ts";
import type { Outcome } from "./check/outcome.ts";
import { judgePage, parsePage } from "./check/check-page.ts";
import { SeededRandom } from "./seeded-random.ts";

/** A request and what its answer has to be. */
export interface Operation {
  readonly asked: Asked;
  readonly kind: "create" | "update" | "read" | "list";
  /** Judges the answer; called exactly once, also when none came. */
  readonly judge: (reply: Reply) => Outcome;
}

const CITIES = ["", "Wien", "Zürich", "New York", "Saint-Étienne", "東京", "O'Fallon", "Köln 🍺"];
const ODD_SHARE = 0.2;
/** Half of the reads look at what has just been written, where a lost write shows first. */
const RECENT = 200;
const LIST_LIMIT = 20;
/** A version that takes the parts is believed to be there for so long after its last answer. */
const PARTS_TAKEN_MILLISECONDS = 1_000;
/** Parts that nobody would get by splitting the street: they must come back as they were sent. */
const UNSPLITTABLE: readonly Parts[] = [
  { streetName: "Allee 4", houseNumber: "b" },
  { streetName: "Platz der Republik", houseNumber: "Hinterhaus" },
  { streetName: "Weg", houseNumber: "Nr. 5" },
];

/** A client of the address book that remembers everything it has been promised. */
export class Client {
  readonly ledger = new Ledger();
  readonly #options: ParsedLoadOptions;
  readonly #random: SeededRandom;
  readonly #run: string;
  readonly #versionsWithParts = new Set<string>();
  #partsTakenAt = Number.NEGATIVE_INFINITY;
  #names = 0;

  constructor(options: ParsedLoadOptions, run: string) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#run = run;
  }

  /** Chooses what to ask next. */
  next(): Operation {
    const dice = this.#random.next();
    const { create, update, list } = this.#options;
    if (this.ledger.size === 0 || dice < create) return this.#create();
    if (dice < create + update) return this.#update();
    return dice < create + update + list ? this.#list() : this.#read();
  }

  #create(): Operation {
    this.#names += 1;
    const inParts = this.#takesParts();
    const written = this.#address(`load-${this.#run}-${this.#names}`, inParts);
    const judge = (reply: Reply): Outcome => {
      const shown = this.#expect(reply, 201, inParts);
      if ("result" in shown) return shown;
      if (!this.ledger.created(shown.id, written))
        return wrong("malformed", `id ${shown.id} was given out twice`);
      return difference(shown, [written]) ?? { result: "good" };
    };
    return {
      kind: "create",
      asked: { method: "POST", path: "/addresses", body: bodyOf(written, inParts) },
      judge,
    };
  }

  #update(): Operation {
    const entry = this.#choose(mayWrite);
    const [before] = entry?.states ?? [];
    if (entry === undefined || before === undefined) return this.#create();
    const inParts = this.#takesParts();
    const fresh = this.#address(before.name, inParts);
    // A save in the old form that leaves the street as it was leaves the parts as they were, too.
    const written = !inParts && fresh.street === before.street ? { ...fresh, parts: before.parts } : fresh;
    entry.writing = true;
    const judge = (reply: Reply): Outcome => {
      const shown = this.#expect(reply, 200, inParts);
      if (!("result" in shown)) {
        this.ledger.settle(entry, written, "acknowledged");
        return difference(shown, [written]) ?? { result: "good" };
      }
      const refused = !("failed" in reply) && reply.status >= 400 && reply.status < 500;
      this.ledger.settle(entry, written, refused ? "refused" : "unknown");
      return shown;
    };
    return {
      kind: "update",
      asked: { method: "PUT", path: `/addresses/${entry.id}`, body: bodyOf(written, inParts) },
      judge,
    };
  }

  #read(): Operation {
    const entry = this.#choose(() => true);
    if (entry === undefined) return this.#create();
    const began = this.ledger.now;
    const judge = (reply: Reply): Outcome => {
      const shown = this.#expect(reply, 200);
      if ("result" in shown) return shown;
      const known = isSettled(entry, began) ? difference(shown, entry.states) : disagreement(shown);
      return known ?? { result: "good" };
    };
    return { kind: "read", asked: { method: "GET", path: `/addresses/${entry.id}` }, judge };
  }

  #list(): Operation {
    const after = (this.#choose(() => true)?.id ?? 1) - 1;
    const page = { after, limit: LIST_LIMIT, began: this.ledger.now };
    const judge = (reply: Reply): Outcome => {
      if ("failed" in reply || reply.status !== 200) return this.#failure(reply, 200) ?? { result: "good" };
      const shown = parsePage(reply.body);
      return (
        this.#failure(reply, 200) ??
        (isWrong(shown) ? shown : judgePage(this.ledger, shown, page)) ?? { result: "good" }
      );
    };
    return {
      kind: "list",
      asked: { method: "GET", path: `/addresses?after=${after}&limit=${LIST_LIMIT}` },
      judge,
    };
  }

  #failure(reply: Reply, status: number, inParts = false): Outcome | undefined {
    if ("failed" in reply) return { result: "failed", kind: reply.failed, detail: reply.detail };
    const seen = `${reply.status} from ${reply.answerer.version || "?"} ${reply.answerer.colour || "?"}: ${reply.body.slice(0, 200)}`;
    if (reply.status >= 500) return { result: "failed", kind: "5xx", detail: seen };
    const named = reply.answerer.version !== "" && reply.answerer.colour !== "";
    if (reply.status === status)
      return named ? undefined : wrong("malformed", `no name of version or colour: ${seen}`);
    if (reply.status === 404 && named) return wrong("lost", `an acknowledged address is not there: ${seen}`);
    if (reply.status === 422 && inParts && !this.#versionsWithParts.has(reply.answerer.version)) {
      return { result: "good", declined: true };
    }
    return reply.status >= 400 ? { result: "failed", kind: "4xx", detail: seen } : wrong("malformed", seen);
  }

  #expect(reply: Reply, status: number, inParts = false) {
    const failure = this.#failure(reply, status, inParts);
    if (failure !== undefined) return failure;
    const shown = parseShown(parseJson(reply));
    if (!isWrong(shown) && shown.street_name !== undefined && !("failed" in reply)) {
      this.#versionsWithParts.add(reply.answerer.version);
      this.#partsTakenAt = performance.now();
    }
    return shown;
  }

  /**
   * A client sends the parts only when a version that takes them serves; one that declines them all
   * the same is no failure.
   */
  #takesParts(): boolean {
    return (
      performance.now() - this.#partsTakenAt < PARTS_TAKEN_MILLISECONDS &&
      this.#random.chance(this.#options.split)
    );
  }

  #address(name: string, inParts: boolean): Written {
    const city = this.#random.pick(CITIES);
    const odd = this.#random.chance(ODD_SHARE);
    if (inParts && odd) {
      const parts = this.#random.pick(UNSPLITTABLE);
      return { name, street: `${parts.streetName} ${parts.houseNumber}`, city, parts };
    }
    if (odd) {
      const street = this.#random.pick(STREETS_WITHOUT_NUMBER);
      return { name, street, city, parts: { streetName: street, houseNumber: null } };
    }
    const known = knownStreet(this.#random.pick(STREET_NAMES), this.#random.pick(HOUSE_NUMBERS));
    return { name, street: known.street, city, parts: known };
  }

  #choose(fit: (entry: Entry) => boolean): Entry | undefined {
    const { entries } = this.ledger;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const from = this.#random.chance(0.5) ? Math.max(0, entries.length - RECENT) : 0;
      const entry = entries[from + this.#random.below(entries.length - from)];
      if (entry && fit(entry)) return entry;
    }
    return undefined;
  }
}

function bodyOf({ name, street, city, parts }: Written, inParts: boolean): string {
  return JSON.stringify(
    inParts
      ? { name, city, street_name: parts?.streetName ?? street, house_number: parts?.houseNumber ?? null }
      : { name, street, city },
  );
}

function parseJson(reply: Reply): unknown {
  if ("failed" in reply) return undefined;
  try {
    return JSON.parse(reply.body);
  } catch {
    return undefined;
  }
}
