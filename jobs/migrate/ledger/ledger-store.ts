import { comparedDefinitions, type DefinitionFacts } from "../../../schema/sync/definitions.ts";
import type { Ledger, LedgerMigration, MigrationEnd } from "../../../schema/state/catalog.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";
import type { LedgerTable } from "../../../protocol/state/ledger-tables.ts";
import type { LedgerIdentity } from "../../../schema/state/ledger-identity.ts";
import { LEDGER_SCHEMA, restoredBy } from "../../../schema/sql/names.ts";
import type { Shape } from "../../../schema/restore/part.ts";
import { integer, literal, sql, type Sql } from "../../../schema/sql/sql.ts";
import { older, takenNumber, type Attempt, type Fence } from "./fence-number.ts";
import { ARCHIVES, ATTEMPT_FORMAT, FORMATS, ledgerTable as table, TABLES } from "./ledger-format.ts";
import { Refusal } from "../refusal.ts";
import type { Session } from "../database/session.ts";
import { cursorOf, progressOf, type Progress, type RawProgress, type Step } from "./walk-progress.ts";

/**
 * What is done, by whom and when; read at the start of a run, and written in the transaction of
 * each change.
 */
export class LedgerStore {
  readonly #session: Session;
  readonly #attempt: Attempt;
  readonly #stage: string;
  readonly #identity: LedgerIdentity | null;
  /** By which this runner holds the fence. */
  #number: number;
  /**
   * Finished migrations as they were read: nobody else writes them while this runner has its lock,
   * and a long history is not worth reading anew before every statement.
   */
  readonly #finished = new Map<string, LedgerMigration>();

  /** @param identity null where the program did not pass it: whose the ledger is then stays open */
  constructor(session: Session, attempt: Attempt, stage: string, identity: LedgerIdentity | null) {
    this.#session = session;
    this.#identity = identity;
    this.#attempt = attempt;
    this.#number = attempt.number;
    this.#stage = stage;
  }

  /** The same runner's, over another session. */
  over(session: Session): LedgerStore {
    const store = new LedgerStore(session, this.#attempt, this.#stage, this.#identity);
    store.#number = this.#number;
    return store;
  }

  /** Null when this database has no ledger. @throws {Refusal} when it may not be read */
  async read(): Promise<Ledger | null> {
    const [there] = await this.#session.rows<{ exists: boolean; mine: boolean }>(
      sql`SELECT count(*) > 0 AS exists, coalesce(bool_and(pg_catalog.pg_has_role(nspowner, 'USAGE')), true) AS mine FROM pg_catalog.pg_namespace WHERE nspname = ${literal(LEDGER_SCHEMA)}`,
    );
    if (!there?.exists) return null;
    if (!there.mine) {
      throw new Refusal(
        `Cannot read the ledger as schema ${LEDGER_SCHEMA} belongs to a role that ours is not a member of. One database holds one ledger: is this the database of another release, or is database.owner another than before?`,
      );
    }
    const [row] = await this.#session.rows<{ ledger: RawLedger }>(READ, [[...this.#finished.keys()]]);
    return row === undefined ? null : this.#fromRaw(row.ledger);
  }

  #fromRaw({ number, migrations, known, events }: RawLedger): Ledger {
    const read = Object.entries(migrations ?? {});
    const kept = (known ?? []).flatMap((id) => {
      const found = this.#finished.get(id);
      return found ? [[id, found] as const] : [];
    });
    for (const [id, migration] of read) if (migration.state === "finished") this.#finished.set(id, migration);
    return { number: number ?? 0, migrations: Object.fromEntries([...kept, ...read]), events: events ?? {} };
  }

  /**
   * Whose the ledger is; null where no runner that knew has worked on it, and where there
   * is no ledger.
   */
  async readIdentity(): Promise<LedgerIdentity | null> {
    if (!(await this.#has("identity"))) return null;
    const [row] = await this.#session.rows<LedgerIdentity & Record<string, unknown>>(
      sql`SELECT application, schema_name AS schema, stack FROM ${table("identity")}`,
    );
    return row ?? null;
  }

  /** Makes the ledger and writes its first lines, whole or not at all. @returns as `takeNumber` */
  async create(firstLines: () => Promise<void>): Promise<readonly string[]> {
    return this.#session.transaction(async () => {
      for (const statement of TABLES) await this.#session.run(statement);
      const notes = await this.takeNumber();
      await firstLines();
      return notes;
    });
  }

  /**
   * From here on an older runner refuses to work, and the ledger has what this version of the
   * program adds. In a transaction.
   * @returns what a log should say of it
   * @throws {Refusal} when we are the older one, or a clock is ahead
   */
  async takeNumber(): Promise<readonly string[]> {
    const format = await this.#format();
    const { fence, now } = await this.#fence(format);
    const taken = takenNumber(this.#attempt, fence, now);
    if ("refusal" in taken) throw new Refusal(taken.refusal);
    await this.#upgrade(format);
    this.#number = taken.number;
    await this.#session.run(
      sql`INSERT INTO ${table("fence")} (number) VALUES ($1) ON CONFLICT (single) DO UPDATE SET number = excluded.number`,
      [this.#number],
    );
    await this.#session.run(
      sql`INSERT INTO ${table("attempt")} (number, fence) VALUES ($1, $2) ON CONFLICT (single) DO UPDATE SET number = excluded.number, fence = excluded.fence`,
      [this.#attempt.number, this.#number],
    );
    await this.#recordIdentity();
    return taken.notes;
  }

  /** The first one that knows it: whoever is another later is refused before. */
  async #recordIdentity(): Promise<void> {
    if (this.#identity === null) return;
    const { application, schema, stack } = this.#identity;
    await this.#session.run(
      sql`INSERT INTO ${table("identity")} (application, schema_name, stack, owner) VALUES ($1, $2, $3, current_user) ON CONFLICT DO NOTHING`,
      [application, schema, stack],
    );
  }

  /** Adds what a ledger of an older format lacks. */
  async #upgrade(format: number): Promise<void> {
    for (const { number, adds } of FORMATS.filter((one) => one.number > format)) {
      for (const statement of adds) await this.#session.run(statement);
      await this.#session.run(sql`INSERT INTO ${table("upgrade")} (format) VALUES ($1)`, [number]);
    }
  }

  async #format(): Promise<number> {
    if (!(await this.#has("upgrade"))) return 1;
    const [newest] = await this.#session.rows<{ format: number }>(
      sql`SELECT coalesce(max(format), 1) AS format FROM ${table("upgrade")}`,
    );
    return newest?.format ?? 1;
  }

  async #has(name: LedgerTable): Promise<boolean> {
    const [row] = await this.#session.rows<{ there: boolean }>(
      sql`SELECT pg_catalog.to_regclass(${literal(table(name).text)}) IS NOT NULL AS there`,
    );
    return row?.there ?? false;
  }

  /**
   * The newest runner, held until the transaction ends, and the database's clock. A runner of an
   * older version takes the fence and leaves the attempt as it was.
   */
  async #fence(format: number): Promise<{ readonly fence: Fence | null; readonly now: number }> {
    const attempt =
      format < ATTEMPT_FORMAT
        ? sql`NULL::float8`
        : sql`(SELECT a.number::float8 FROM ${table("attempt")} AS a WHERE a.fence = f.number)`;
    const [fence] = await this.#session.rows<{ number: number; attempt: number | null }>(
      sql`SELECT f.number::float8 AS number, ${attempt} AS attempt FROM ${table("fence")} AS f FOR UPDATE OF f`,
    );
    const [clock] = await this.#session.rows<{ now: number }>(
      sql`SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::float8 AS now`,
    );
    return { fence: fence ?? null, now: clock?.now ?? Date.now() };
  }

  /** Notes a step, in the transaction of the change itself. */
  async recordStep(migration: string, step: string, seconds: number): Promise<void> {
    this.#finished.delete(migration);
    await this.#fenced(
      sql`INSERT INTO ${table("step")} (migration, name, number, seconds) SELECT $2, $3, number, $4 FROM ${table("fence")} WHERE number = $1 ON CONFLICT (migration, name) DO UPDATE SET number = excluded.number, seconds = excluded.seconds, at = excluded.at`,
      [migration, step, seconds],
    );
  }

  async recordState(migration: string, files: MigrationFiles, state: MigrationEnd): Promise<void> {
    this.#finished.delete(migration);
    if (state === "absent" || state === "restored") {
      const gone = state === "absent" ? [migration] : [migration, restoredBy(migration)];
      await this.#session.run(sql`DELETE FROM ${table("migration")} WHERE id = ANY ($1)`, [gone]);
      await this.recordEvent(state === "absent" ? "undone" : "restored", migration);
      return;
    }
    await this.#fenced(
      sql`INSERT INTO ${table("migration")} (id, state, files, number) SELECT $2, $3, $4::jsonb, number FROM ${table("fence")} WHERE number = $1 ON CONFLICT (id) DO UPDATE SET state = excluded.state, files = excluded.files, number = excluded.number, at = excluded.at`,
      [migration, state, JSON.stringify(files)],
    );
    await this.recordEvent(state, migration);
  }

  /** Forgets steps, and how far their walks were. */
  async forget(migration: string, steps: readonly string[]): Promise<void> {
    if (steps.length === 0) return;
    this.#finished.delete(migration);
    await this.#session.run(sql`DELETE FROM ${table("step")} WHERE migration = $1 AND name = ANY ($2)`, [
      migration,
      steps,
    ]);
    await this.#session.run(sql`DELETE FROM ${table("progress")} WHERE migration = $1 AND walk = ANY ($2)`, [
      migration,
      steps,
    ]);
  }

  async recordEvent(name: string, migration: string | null = null): Promise<void> {
    await this.#fenced(
      sql`INSERT INTO ${table("event")} (name, migration, number, stage) SELECT $2, $3, number, $4 FROM ${table("fence")} WHERE number = $1`,
      [name, migration, this.#stage],
    );
  }

  /**
   * Notes since when archives are there, for those who drop them by their age; one that
   * is gone is forgotten.
   */
  async noteArchives(migration: string): Promise<void> {
    await this.#session.run(
      sql`INSERT INTO ${table("archive")} (name, migration, at) SELECT name, $1, now() FROM ${ARCHIVES} AS found ON CONFLICT DO NOTHING`,
      [migration],
    );
    await this.#session.run(
      sql`DELETE FROM ${table("archive")} WHERE name NOT IN (SELECT name FROM ${ARCHIVES} AS found)`,
    );
  }

  /** How a migration's tables were before it contracted; null where that is not recorded. */
  async readShape(migration: string): Promise<Shape | null> {
    const [row] = await this.#session.rows<{ tables: Shape }>(
      sql`SELECT tables FROM ${table("shape")} WHERE migration = $1`,
      [migration],
    );
    return row?.tables ?? null;
  }

  /** What the forms of migrations rely on, as it was made and as it is now. */
  async readDefinitions(schema: string): Promise<readonly DefinitionFacts[]> {
    return this.#session.rows<DefinitionFacts & Record<string, unknown>>(comparedDefinitions(), [schema]);
  }

  async readProgress(migration: string, walk: string): Promise<Progress | null> {
    const [row] = await this.#session.rows<{ progress: RawProgress }>(
      sql`SELECT to_jsonb(p) AS progress FROM ${table("progress")} AS p WHERE migration = $1 AND walk = $2`,
      [migration, walk],
    );
    return row === undefined ? null : progressOf(row.progress);
  }

  /** Notes that a walk begins, from its start. */
  async recordBegin(
    migration: string,
    walk: string,
    begin: Progress,
    expected: number | null,
  ): Promise<void> {
    const { ranges, rows, batches, seconds } = begin;
    await this.#fenced(
      sql`INSERT INTO ${table("progress")} (migration, walk, cursor, until, rows, batches, seconds, expected, rows_per_second) SELECT $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8, $9, 0 FROM ${table("fence")} WHERE number = $1 ON CONFLICT (migration, walk) DO UPDATE SET cursor = excluded.cursor, until = excluded.until, rows = excluded.rows, batches = excluded.batches, seconds = excluded.seconds, expected = excluded.expected, rows_per_second = 0, paused = NULL, at = excluded.at`,
      [
        ...[migration, walk, JSON.stringify(cursorOf(ranges)), JSON.stringify(ranges.at(-1)?.until ?? null)],
        ...[rows, batches, seconds, expected],
      ],
    );
  }

  /** Rows when we are the newest runner, and nobody newer can begin before the transaction ends. */
  holdFence(): Sql {
    return sql`SELECT FROM ${table("fence")} WHERE number = ${integer(this.#number)} FOR SHARE`;
  }

  /** @throws {Refusal} when the fence was not to be held */
  async checkFence(rows: readonly unknown[] | undefined): Promise<void> {
    if (rows?.length !== 1) throw await this.#superseded();
  }

  /**
   * The statement that notes a step of a walk; in the transaction of the step, which holds the
   * fence. Other steps may be noted at the same time.
   */
  step(migration: string, walk: string, { range, ranges, at, rows, seconds, pace }: Step): Sql {
    const number = (value: number) => literal(String(value));
    const key = sql`${literal(JSON.stringify(at))}::jsonb`;
    const cursor = ranges === 1 ? key : sql`jsonb_set(cursor, ${literal(`{${range},at}`)}, ${key})`;
    return sql`UPDATE ${table("progress")} SET cursor = ${cursor}, rows = rows + ${number(rows)}, batches = batches + 1, seconds = seconds + ${number(seconds)}, expected = CASE WHEN expected IS NOT NULL THEN greatest(expected, rows + ${number(rows)}) END, rows_per_second = ${number(pace)}, paused = NULL, at = now() WHERE migration = ${literal(migration)} AND walk = ${literal(walk)}`;
  }

  /** Notes why a walk waits; the next step takes it away. */
  async recordPause(migration: string, walk: string, reason: string): Promise<void> {
    await this.#session.run(
      sql`UPDATE ${table("progress")} SET paused = $3 WHERE migration = $1 AND walk = $2`,
      [migration, walk, reason],
    );
  }

  /** A write that only the newest runner may do: its first parameter is the number. */
  async #fenced(text: Sql, values: readonly unknown[]): Promise<void> {
    if ((await this.#session.run(text, [this.#number, ...values])) === 0) throw await this.#superseded();
  }

  async #superseded(): Promise<Refusal> {
    const { fence, now } = await this.#fence(await this.#format());
    if (fence === null)
      return new Refusal("Cannot go on as the ledger has lost the number of its newest runner");
    return new Refusal(older(this.#attempt, fence, now));
  }
}

interface RawLedger {
  readonly number: number | null;
  readonly migrations: Readonly<Record<string, LedgerMigration>> | null;
  /** Those of the finished ones asked for that are still there. */
  readonly known: readonly string[] | null;
  readonly events: Ledger["events"] | null;
}

/** $1: finished migrations that are known, of which only the ids come back. */
const READ = sql`SELECT jsonb_build_object(
  'number', (SELECT number FROM ${table("fence")}),
  'migrations', (SELECT jsonb_object_agg(m.id, jsonb_build_object('state', m.state, 'files', m.files,
     'steps', (SELECT coalesce(jsonb_agg(s.name), '[]') FROM ${table("step")} AS s WHERE s.migration = m.id))) FROM ${table("migration")} AS m WHERE (m.state = 'finished' AND m.id = ANY ($1)) IS NOT TRUE),
  'known', (SELECT jsonb_agg(m.id) FROM ${table("migration")} AS m WHERE m.state = 'finished' AND m.id = ANY ($1)),
  'events', (SELECT jsonb_object_agg(e.name, jsonb_build_object('at', e.at, 'number', e.number,
     'secondsAgo', extract(epoch FROM clock_timestamp() - e.at))) FROM ${table("event")} AS e
       WHERE e.id IN (SELECT max(id) FROM ${table("event")} GROUP BY name))
) AS ledger`;
