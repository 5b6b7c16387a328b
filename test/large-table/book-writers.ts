// Clients of both versions of the address book that write all the time, and remember what the
// database has acknowledged.
import type pg from "pg";

/** An address as both versions know it. */
export interface Address {
  readonly street: string;
  readonly street_name: string;
  readonly house_number: string | null;
}

export type Form = "old" | "new";

/** What is known of a row that somebody has written: null when it was deleted. */
export type Acknowledged = ReadonlyMap<string, Address | null>;

/** Writers share no row, so that the last acknowledged write of a row is known. */
export class BookWriters {
  readonly #acknowledged = new Map<string, Address | null>();
  readonly #count: number;
  readonly #rows: number;
  #stop = false;
  #running: Promise<void>[] = [];
  writes = 0;
  /** First few errors: none is expected, whatever the schema goes through. */
  readonly failures: string[] = [];
  slowest = 0;

  /** `count` writers in all, of both forms, over the first `rows` ids of the table. */
  constructor(count: number, rows: number) {
    this.#count = count;
    this.#rows = rows;
  }

  get acknowledged(): Acknowledged {
    return this.#acknowledged;
  }

  /** Starts the writers of a form, one a client; they take turns on rows that are theirs alone. */
  start(form: Form, clients: readonly pg.Client[]): void {
    this.#stop = false;
    for (const client of clients) {
      const lane = this.#running.length;
      if (lane >= this.#count) throw new RangeError(`Cannot start writer ${lane + 1} of ${this.#count}`);
      this.#running.push(this.#run(form, lane, client));
    }
  }

  async stop(): Promise<void> {
    this.#stop = true;
    await Promise.all(this.#running);
    this.#running = [];
  }

  async #run(form: Form, lane: number, client: pg.Client): Promise<void> {
    for (let turn = 0; !this.#stop; turn++) {
      const begun = performance.now();
      try {
        await this.#write(form, lane, turn, client);
        this.writes++;
      } catch (error) {
        if (this.failures.length < 10) this.failures.push(`${form}: ${String(error)}`);
        if (this.failures.length >= 10) return;
      }
      this.slowest = Math.max(this.slowest, performance.now() - begun);
    }
  }

  async #write(form: Form, lane: number, turn: number, client: pg.Client): Promise<void> {
    const address = anAddress(form, lane, turn, this.writes);
    const values = form === "old" ? [address.street] : [address.street_name, address.house_number];
    if (turn % 10 === 0) {
      const { rows } = await client.query<{ id: string }>(INSERT[form], values);
      this.#acknowledged.set(rows[0]?.id ?? "", address);
      return;
    }
    const place = Math.floor((Math.random() * this.#rows) / this.#count) * this.#count + lane + 1;
    const id = String(Math.min(place, this.#rows - ((this.#rows - lane - 1) % this.#count)));
    if (this.#acknowledged.get(id) === null) return;
    if (turn % 50 === 7) {
      await client.query("DELETE FROM address WHERE id = $1", [id]);
      this.#acknowledged.set(id, null);
      return;
    }
    await client.query(UPDATE[form], [...values, id]);
    this.#acknowledged.set(id, address);
  }
}

const INSERT: Readonly<Record<Form, string>> = {
  old: "INSERT INTO address (name, street) VALUES ('written', $1) RETURNING id",
  new: "INSERT INTO address (name, street_name, house_number) VALUES ('written', $1, $2) RETURNING id",
};

const UPDATE: Readonly<Record<Form, string>> = {
  old: "UPDATE address SET street = $1 WHERE id = $2",
  new: "UPDATE address SET street_name = $1, house_number = $2 WHERE id = $3",
};

/**
 * Now and then one that does not survive on the other side: odd spacing, or a name that
 * ends in a number.
 */
function anAddress(form: Form, lane: number, turn: number, serial: number): Address {
  const name = `${form === "old" ? "Alte" : "Neue"} Gasse ${lane}x${serial}y`;
  if (turn % 9 === 3 && form === "old")
    return { street: `${name}   ${turn}`, street_name: name, house_number: String(turn) };
  if (turn % 9 === 3) return { street: `${name} 1848`, street_name: `${name} 1848`, house_number: null };
  return { street: `${name} ${turn}`, street_name: name, house_number: String(turn) };
}
