/** An address as it was last written. */
export interface Written {
  readonly name: string;
  readonly street: string;
  readonly city: string;
  /** Known when it was written in these parts: then it must come back in the same parts. */
  readonly parts?: Parts | undefined;
}

export interface Parts {
  readonly streetName: string;
  readonly houseNumber: string | null;
}

/** One address that the load has created. */
export interface Entry {
  readonly id: number;
  /** What it may be: one thing, or several after a write whose outcome is unknown. */
  states: readonly Written[];
  /** A write is under way. */
  writing: boolean;
  /** The number of the load's latest event that settled a write of it. */
  settled: number;
}

/** Everything that the load has been told is written; what an answer is compared with. */
export class Ledger {
  readonly #entries: Entry[] = [];
  readonly #byId = new Map<number, Entry>();
  #events = 0;
  #firstId = Number.MAX_SAFE_INTEGER;
  #lastId = 0;

  /** The ids of all entries lie from here … */
  get firstId(): number {
    return this.#firstId;
  }

  /** … to here. */
  get lastId(): number {
    return this.#lastId;
  }

  get size(): number {
    return this.#entries.length;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The number of the latest event; a read that begins now must see all up to it. */
  get now(): number {
    return this.#events;
  }

  byId(id: number): Entry | undefined {
    return this.#byId.get(id);
  }

  /**
   * A creation has been acknowledged; false when the id was known before, which no database may do.
   */
  created(id: number, written: Written): boolean {
    if (this.#byId.has(id)) return false;
    this.#events += 1;
    const entry: Entry = { id, states: [written], writing: false, settled: this.#events };
    this.#entries.push(entry);
    this.#byId.set(id, entry);
    this.#firstId = Math.min(this.#firstId, id);
    this.#lastId = Math.max(this.#lastId, id);
    return true;
  }

  /** An update has ended: with an acknowledgement, with a refusal, or in the dark. */
  settle(entry: Entry, written: Written, outcome: "acknowledged" | "refused" | "unknown"): void {
    this.#events += 1;
    entry.settled = this.#events;
    entry.writing = false;
    if (outcome === "acknowledged") entry.states = [written];
    // It may have happened, or may still happen: from now on either is right, and nobody
    // writes it again.
    if (outcome === "unknown") entry.states = [...entry.states, written];
  }
}

/**
 * Whether the load knows exactly what the address must be, for a read that began at event `began`.
 */
export function isSettled(entry: Entry, began: number): boolean {
  return !entry.writing && entry.settled <= began;
}

/**
 * An address whose last write is in the dark is read, but not written again: a late first write
 * could overtake the second.
 */
export function mayWrite(entry: Entry): boolean {
  return !entry.writing && entry.states.length === 1;
}
