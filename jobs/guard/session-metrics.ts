import pg from "pg";
import { z } from "zod";
import { databaseTls } from "../../protocol/database-tls.ts";
import { NoAnswer } from "../http/request.ts";
import { PASSWORD_VARIABLES } from "../../protocol/jobs/variables.ts";
import type { GuardSettings } from "../../protocol/jobs/guard-settings.ts";

/** A database that does not answer must not delay the next look. */
const LONGEST_READ_MILLISECONDS = 1_500;

/** A login may see what its own sessions do, so no other right is needed. */
const SIGNALS = `
  SELECT count(*)::int AS "sessions",
         (count(*) FILTER (WHERE wait_event_type = 'Lock'))::int AS "lockWaits",
         (count(*) FILTER (WHERE state = 'active'))::int AS "statements",
         (count(*) FILTER (WHERE state = 'active' AND clock_timestamp() - query_start > make_interval(secs => $1)))::int AS "slowStatements"
    FROM pg_catalog.pg_stat_activity
   WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()`;

const databaseLook = z.object({
  /** Sessions of the colour's login. */
  sessions: z.int(),
  /** Of these, waiting for a lock. */
  lockWaits: z.int(),
  /** Running statements. */
  statements: z.int(),
  /** Of these, running for longer than `slowSeconds`. */
  slowStatements: z.int(),
});

/** What one look found in the database for one colour. */
export type DatabaseLook = Readonly<z.infer<typeof databaseLook>>;

/** Reads the database's signals for one colour, through that colour's own login. */
export class DatabaseSignals {
  readonly #slowSeconds: number;
  readonly #login: { readonly user: string; readonly password: string };
  #client: pg.Client | null = null;

  /**
   * The environment says where the database is, in PGHOST, PGPORT, PGDATABASE and PGSSLMODE, and
   * the login's password, in DATABASE_PASSWORD_ACTIVE or DATABASE_PASSWORD_CANDIDATE.
   */
  constructor({ slowSeconds, logins }: NonNullable<GuardSettings["database"]>, side: "active" | "candidate") {
    this.#slowSeconds = slowSeconds;
    const password = process.env[PASSWORD_VARIABLES[side]] ?? "";
    this.#login = { user: logins[side], password };
  }

  /** @throws {NoAnswer} with the reason; the next look connects anew */
  async look(): Promise<DatabaseLook> {
    try {
      this.#client ??= await connect(this.#login);
      const { rows } = await this.#client.query(SIGNALS, [this.#slowSeconds]);
      return databaseLook.parse(rows[0]);
    } catch (error) {
      await this.end();
      const message = error instanceof Error ? error.message : String(error);
      throw new NoAnswer("DATABASE", `login ${this.#login.user} cannot read its sessions: ${message}`, error);
    }
  }

  async end(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    // The server may be gone, which has been reported already.
    await client?.end().catch(() => undefined);
  }
}

async function connect(login: { user: string; password: string }): Promise<pg.Client> {
  const client = new pg.Client({
    ssl: databaseTls(process.env["PGSSLMODE"]),
    ...login,
    application_name: "zero-downtime guard",
    connectionTimeoutMillis: LONGEST_READ_MILLISECONDS,
    query_timeout: LONGEST_READ_MILLISECONDS,
    statement_timeout: LONGEST_READ_MILLISECONDS,
  });
  // Without a listener, a connection that breaks between two looks would end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
