import pg from "pg";
import { z } from "zod";
import { databaseTls } from "../../../protocol/database-tls.ts";
import { PASSWORD_VARIABLES } from "../../../protocol/jobs/variables.ts";

const LONGEST_READ_MILLISECONDS = 10_000;

/** What the guard and this job call their own sessions, which prove nothing. */
const OWN = "zero-downtime ";

/**
 * Every client's session. A login may see all of its own; of others whose they are and where, and
 * the rest as a member of pg_read_all_stats alone.
 */
const SESSIONS = `
  SELECT pid, usename AS "login", datname AS "database", datname = pg_catalog.current_database() AS "isHere",
         pg_catalog.host(client_addr) AS "address",
         extract(epoch FROM pg_catalog.clock_timestamp() - backend_start)::float8 AS "seconds",
         extract(epoch FROM pg_catalog.clock_timestamp() - query_start)::float8 AS "secondsSinceQuery"
    FROM pg_catalog.pg_stat_activity
   WHERE usename IS NOT NULL AND datname IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()
     AND NOT pg_catalog.starts_with(coalesce(application_name, ''), '${OWN}')
   ORDER BY pid`;

const session = z.object({
  pid: z.int(),
  login: z.string(),
  database: z.string(),
  /** In the database of the release. */
  isHere: z.boolean(),
  /** Of the client; null: not told, or a socket. */
  address: z.string().nullable(),
  /** Since it began, and since its newest statement did; null: not told, or none. */
  seconds: z.number().nullable(),
  secondsSinceQuery: z.number().nullable(),
});

/** A client's session in the server. */
export type Session = Readonly<z.infer<typeof session>>;

/** Looks at the server's sessions as one login. */
export class SessionSight {
  readonly #login: string;
  #client: pg.Client | null = null;

  constructor(login: string) {
    this.#login = login;
  }

  /** @throws {Error} of `pg`; the next look connects anew */
  async look(): Promise<readonly Session[]> {
    try {
      this.#client ??= await connect(this.#login);
      const { rows } = await this.#client.query(SESSIONS);
      return z.array(session).parse(rows);
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    // A connection that broke has been reported already.
    await client?.end().catch(() => undefined);
  }
}

async function connect(user: string): Promise<pg.Client> {
  const client = new pg.Client({
    ssl: databaseTls(process.env["PGSSLMODE"]),
    user,
    password: process.env[PASSWORD_VARIABLES.candidate] ?? "",
    application_name: `${OWN}logged-in`,
    connectionTimeoutMillis: LONGEST_READ_MILLISECONDS,
    query_timeout: LONGEST_READ_MILLISECONDS,
  });
  // Without a listener, a connection that breaks between two looks would end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
