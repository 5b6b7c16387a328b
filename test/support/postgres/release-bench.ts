// The words in which tests of the migrate job are written: a database, both versions' connections,
// and goals to reach.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type pg from "pg";
import { runMigrate } from "../../../jobs/migrate/migrate.ts";
import type { Result } from "../../../jobs/job.ts";
import type { Observer } from "../../../jobs/migrate/database/session.ts";
import type { MigrateSettings } from "../../../protocol/jobs/migrate-settings.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";
import { eventually } from "../eventually.ts";
import { migrateSettingsFor } from "./migrate-settings.ts";
import { createDatabase, type TestDatabase } from "./postgres.ts";

export type Folder = Readonly<Record<string, Partial<MigrationFiles>>>;

/** A database on its way from one migration to another. */
export class ReleaseBench {
  readonly database: TestDatabase;
  readonly lines: string[] = [];
  readonly #folder: string;
  readonly #leave: () => void;
  readonly #temporary: string[] = [];

  private constructor(database: TestDatabase, migrations: Folder | "migrations") {
    this.database = database;
    this.#folder = migrations === "migrations" ? migrations : writeFolder(migrations);
    if (migrations !== "migrations") this.#temporary.push(this.#folder);
    this.#leave = database.enter();
  }

  /** A fresh database; `migrations` is the repository's own folder, or files. */
  static async create(migrations: Folder | "migrations" = "migrations"): Promise<ReleaseBench> {
    return ReleaseBench.on(await createDatabase(), migrations);
  }

  /** On a database of another server than the run's. */
  static on(database: TestDatabase, migrations: Folder | "migrations" = "migrations"): ReleaseBench {
    return new ReleaseBench(database, migrations);
  }

  /** Runs the job once. */
  async run(
    parts: Partial<MigrateSettings>,
    options: { observe?: Observer; signal?: AbortSignal; migrations?: Folder } = {},
  ): Promise<Result> {
    const folder = options.migrations === undefined ? this.#folder : writeFolder(options.migrations);
    if (folder !== this.#folder) this.#temporary.push(folder);
    const context = {
      log: (line: string) => this.lines.push(line),
      signal: options.signal ?? new AbortController().signal,
    };
    const settings = migrateSettingsFor(this.database, { folder, ...parts });
    return runMigrate(settings, context, options.observe === undefined ? {} : { observe: options.observe });
  }

  /** Runs the job, which must reach its goal. */
  async reach(
    goal: MigrateSettings["goal"],
    parts: Partial<MigrateSettings> = {},
    options: { observe?: Observer } = {},
  ): Promise<Result> {
    const result = await this.run({ goal, ...parts }, options);
    expect(result.ok, result.summary).to.equal(true);
    return result;
  }

  /** Runs the job, which must refuse; returns the reason. */
  async refused(parts: Partial<MigrateSettings>, options: { migrations?: Folder } = {}): Promise<string> {
    const result = await this.run(parts, options);
    expect(result.ok, result.summary).to.equal(false);
    return result.summary;
  }

  /**
   * Runs the job and tells it to stop as soon as its log says so, however long that takes; returns
   * its reason for not having reached the goal.
   */
  async stopped(parts: Partial<MigrateSettings>, said: RegExp): Promise<string> {
    const stop = new AbortController();
    const begun = this.lines.length;
    const running = this.run(parts, { signal: stop.signal });
    await eventually(() => this.lines.slice(begun).some((line) => said.test(line)));
    stop.abort();
    const result = await running;
    expect(result.ok, result.summary).to.equal(false);
    return result.summary;
  }

  /** A connection of the old version, which is blue. */
  old(): Promise<pg.Client> {
    return this.database.connect(this.database.roles.blue, "old version");
  }

  /** A connection of the new version, which is green. */
  new(): Promise<pg.Client> {
    return this.database.connect(this.database.roles.green, "new version");
  }

  query<T extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<T[]> {
    return this.database.query<T>(text, values);
  }

  async end(...templates: readonly string[]): Promise<void> {
    this.#leave();
    for (const folder of this.#temporary) rmSync(folder, { recursive: true, force: true });
    await this.database.drop(...templates);
  }
}

function writeFolder(migrations: Folder): string {
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-migrations-"));
  for (const [id, files] of Object.entries(migrations)) {
    mkdirSync(join(folder, id));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, id, name), text ?? "");
  }
  return folder;
}
