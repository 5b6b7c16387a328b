import type pg from "pg";
import { identifier, list, sql, type Sql } from "../../../schema/sql/sql.ts";

/** Called with every text before and after it is sent; tests stop the runner here. */
export type Observer = (moment: "before" | "after", text: string) => void;

type Row = Record<string, unknown>;

/** Whether a statement is repeated with other values, so that it pays to prepare it. */
export type Frequency = "once" | "repeated";

/** Answers that are noted at most. */
const NOTED = 8;

/** A direct connection to the database. */
export class Session {
  readonly #client: pg.Client;
  readonly #observe: Observer;
  /** Names of the repeated statements, by their text. */
  readonly #prepared = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();
  #searchedIn: readonly string[] = [];
  #answers: number[] = [];

  constructor(client: pg.Client, observe: Observer) {
    this.#client = client;
    this.#observe = observe;
  }

  async rows<T extends Row = Row>(
    text: Sql,
    values: readonly unknown[] = [],
    frequency: Frequency = "once",
  ): Promise<readonly T[]> {
    return (await this.#send<T>(text, values, frequency)).rows;
  }

  /** Number of rows that the statement touched. */
  async run(text: Sql, values: readonly unknown[] = [], frequency: Frequency = "once"): Promise<number> {
    return (await this.#send(text, values, frequency)).rowCount ?? 0;
  }

  /**
   * Several statements without parameters in one message, for which one round trip is enough; the
   * rows of each.
   */
  async message(texts: readonly Sql[]): Promise<readonly (readonly Row[])[]> {
    const results: unknown = await this.#send(list(texts, "; "), [], "once");
    return (Array.isArray(results) ? results : [results]).map((result: pg.QueryResult<Row>) => result.rows);
  }

  /** Everything or nothing. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      await this.run(sql`BEGIN`);
      result = await work();
    } catch (error) {
      // A broken connection has rolled back already, and the first error is the one to report.
      await this.run(sql`ROLLBACK`).catch(() => undefined);
      throw error;
    }
    await this.run(sql`COMMIT`);
    return result;
  }

  /** Does `work` and rolls it back. */
  async trial<T>(work: () => Promise<T>): Promise<T> {
    await this.run(sql`BEGIN`);
    try {
      return await work();
    } finally {
      await this.run(sql`ROLLBACK`);
    }
  }

  /**
   * Where names without a schema are looked up, after PostgreSQL's own: those come first as long as
   * the path does not name them.
   */
  async searchIn(schemas: readonly string[], scope: "session" | "transaction" = "session"): Promise<void> {
    const others = [...new Set(schemas)].filter((schema) => schema !== "pg_catalog");
    if (scope === "session") this.#searchedIn = others;
    const path = list(others.map((schema) => identifier(schema))).text;
    await this.run(sql`SELECT pg_catalog.set_config('search_path', $1, $2)`, [path, scope === "transaction"]);
  }

  /**
   * Does `work` while names without a schema are looked up in these, as by `searchIn`; in
   * none afterwards.
   */
  async whileSearchingIn<T>(schemas: readonly string[], work: () => Promise<T>): Promise<T> {
    await this.searchIn(schemas);
    try {
      return await work();
    } finally {
      // A broken connection looks up nothing, and the first error is the one to report.
      await this.searchIn([]).catch(() => undefined);
    }
  }

  /** Where names are looked up in this session, as `searchIn` has set it. */
  get searchedIn(): readonly string[] {
    return this.#searchedIn;
  }

  async processId(): Promise<number> {
    const [row] = await this.rows<{ pid: number }>(sql`SELECT pg_catalog.pg_backend_pid() AS pid`);
    return row?.pid ?? 0;
  }

  /**
   * What the server has answered since the last call, and how long the quickest took, in
   * milliseconds: hardly more than network time, as it is at that moment.
   */
  takeAnswers(): { readonly count: number; readonly quickest: number } {
    const taken = this.#answers;
    this.#answers = [];
    return { count: taken.length, quickest: Math.min(...taken) };
  }

  /** The process that greeted us; a pooler's greeting names none of the server's. */
  get greetedBy(): number {
    return (this.#client as unknown as { processID: number | null }).processID ?? 0;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #send<T extends Row>(
    { text }: Sql,
    values: readonly unknown[],
    frequency: Frequency,
  ): Promise<pg.QueryResult<T>> {
    const named = frequency === "repeated" ? { name: this.#nameOf(text) } : {};
    // One after the other: several parts use the watcher at once.
    const turn = this.#last.then(async () => {
      this.#observe("before", text);
      const begun = performance.now();
      const result = await this.#client.query<T>(
        values.length === 0 ? { text } : { text, values: [...values], ...named },
      );
      this.#answers.push(performance.now() - begun);
      if (this.#answers.length > NOTED) this.#answers.shift();
      this.#observe("after", text);
      return result;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #nameOf(text: string): string {
    const name = this.#prepared.get(text) ?? `repeated_${this.#prepared.size}`;
    this.#prepared.set(text, name);
    return name;
  }
}
