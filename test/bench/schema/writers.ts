import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { connectAsSuperuser } from "../../support/postgres/launch-postgres.ts";

/** A write of one row. */
export interface Write {
  /** When it was answered, in milliseconds of the clock. */
  readonly at: number;
  readonly milliseconds: number;
}

const CONNECTIONS = 4;

/**
 * Connections that write random rows at a steady rate; a write that is late counts from
 * when it was due.
 */
export class Writers {
  readonly #clients: readonly pg.Client[];
  readonly #loops: readonly Promise<void>[];
  /** Between two writes of a connection. Milliseconds. */
  readonly #gap: number;
  #taken: Write[] = [];
  #isOver = false;

  private constructor(clients: readonly pg.Client[], rows: number, writesPerSecond: number) {
    this.#clients = clients;
    this.#gap = (1000 / writesPerSecond) * clients.length;
    this.#loops = clients.map((client, at) => this.#write(client, rows, at));
  }

  /** @param writesPerSecond of all connections together */
  static async begin(
    { port, name }: { readonly port: number; readonly name: string },
    rows: number,
    writesPerSecond: number,
  ): Promise<Writers> {
    const clients = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => connectAsSuperuser(port, name)),
    );
    return new Writers(clients, rows, writesPerSecond);
  }

  /** The writes since the last call. */
  take(): Write[] {
    const taken = this.#taken;
    this.#taken = [];
    return taken;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#clients.map((client) => client.end()));
  }

  async #write(client: pg.Client, rows: number, at: number): Promise<void> {
    let due = performance.now() + (this.#gap / this.#clients.length) * at;
    for (let count = 0; !this.#isOver; count++, due += this.#gap) {
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      // Timers are early or late by a millisecond, which is not the database's.
      const begun = wait > 0 ? performance.now() : due;
      const id = 1 + Math.floor(Math.random() * rows);
      // By turns one of the mapped columns, as the old version writes, and another.
      await (count % 2 === 0
        ? client.query({
            name: "street",
            text: "UPDATE address SET street = $2 WHERE id = $1",
            values: [id, `Oak Road ${count}`],
          })
        : client.query({
            name: "city",
            text: "UPDATE address SET city = $2 WHERE id = $1",
            values: [id, `Town ${count}`],
          }));
      this.#taken.push({ at: Date.now(), milliseconds: performance.now() - begun });
    }
  }
}
