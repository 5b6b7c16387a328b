import { createDatabaseAt, type TestDatabase } from "../../support/postgres/test-database.ts";
import { reach } from "./run-job.ts";
import type { Subject } from "./subject.ts";

let counter = 0;

/**
 * A database with a subject's table of so many rows, expanded, and kept as a template to begin from
 * again and again.
 */
export class Prepared {
  readonly database: TestDatabase;
  readonly subject: Subject;
  readonly rows: number;
  #kept = 0;

  private constructor(database: TestDatabase, subject: Subject, rows: number) {
    this.database = database;
    this.subject = subject;
    this.rows = rows;
  }

  static async create(port: number, subject: Subject, rows: number): Promise<Prepared> {
    const database = await createDatabaseAt(port, `bench_${++counter}`);
    await reach(database, subject, { goal: "base", from: null, to: subject.from, first: true });
    await database.query(subject.insert, [rows]);
    await database.query("VACUUM (ANALYZE) address");
    await database.saveAs(`${database.name}_base`);
    await reach(database, subject, { goal: "expanded" });
    await database.saveAs(`${database.name}_expanded`);
    return new Prepared(database, subject, rows);
  }

  /** Puts the database back, with its pages in memory and nothing left to write. */
  async reset(to: "base" | "expanded" = "expanded"): Promise<void> {
    await this.#begin(to, null);
  }

  /**
   * As `reset`, but what the database held is kept until the server ends: a disk that discards the
   * files that go stalls meanwhile.
   */
  async renew(): Promise<void> {
    await this.#begin("expanded", `${this.database.name}_used_${++this.#kept}`);
  }

  async #begin(to: "base" | "expanded", keepAs: string | null): Promise<void> {
    await this.database.resetTo(`${this.database.name}_${to}`, keepAs);
    await this.database.query("SELECT count(*), min(length(street)) FROM address");
    await this.database.query("CHECKPOINT");
  }

  async drop(): Promise<void> {
    const { name } = this.database;
    await this.database.drop(`${name}_base`, `${name}_expanded`);
  }
}
