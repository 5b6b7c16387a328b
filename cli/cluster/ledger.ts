import { Trouble } from "../cli-error.ts";
import type { Client } from "pg";
import { z } from "zod";
import { databaseTls } from "../../protocol/database-tls.ts";
import { jobAddress } from "../../protocol/database-environment.ts";
import { configKey, loginSecret, PASSWORD_KEY } from "../../protocol/names.ts";
import { rolesOf } from "../../protocol/roles.ts";
import { columnsOf, type LedgerTable } from "../../protocol/state/ledger-tables.ts";
import { LEDGER_SCHEMA } from "../../schema/sql/names.ts";
import type { LedgerIdentity } from "../../schema/state/ledger-identity.ts";
import type { ClusterApi } from "./cluster-api.ts";
import type { Known } from "../stack/stack-config.ts";

/** How far the schema is, as the ledger in the application's database says. */
export interface FoundSchema {
  readonly migrations: readonly { readonly id: string; readonly state: string }[];
  /** The walk over a table that was noted last, where one has begun: backfill, verification. */
  readonly walk: {
    readonly migration: string;
    readonly name: string;
    readonly rows: number;
    readonly secondsAgo: number;
  } | null;
  /** Since the newest switch or roll; null where there has been none. */
  readonly secondsSinceSwitch: number | null;
  /**
   * Whose ledger it is; null where an older version of the program made it and no newer one has
   * worked on it.
   */
  readonly identity: LedgerIdentity | null;
}

/** Where the ledger is, and who may read it. */
type Place = Pick<Known, "database" | "namespace" | "app">;

const CONNECT_MILLISECONDS = 2_000;

const secret = z.object({ data: z.object({ [PASSWORD_KEY]: z.string() }) });

/** A table of the ledger, as a query names it. */
export const ledgerTable = (table: LedgerTable): string => `${LEDGER_SCHEMA}.${table}`;

/** Whether a ledger has a table: ledgers of an older format lack some. */
export async function hasTable(client: Client, table: LedgerTable): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there",
    [ledgerTable(table)],
  );
  return rows[0]?.there ?? false;
}

const migration = columnsOf("migration");
const progress = columnsOf("progress");
const event = columnsOf("event");
const identity = columnsOf("identity");

/** How far the schema is now. @throws {Error} where Secret or database cannot be read */
export const readLedger = (cluster: ClusterApi, known: Place): Promise<FoundSchema | null> =>
  askLedger(cluster, known, async (client) => {
    const migrations = await client.query<FoundSchema["migrations"][number]>(
      `SELECT ${migration("id", "state")} FROM ${ledgerTable("migration")} ORDER BY ${migration("id")}`,
    );
    const walks = await client.query<NonNullable<FoundSchema["walk"]>>(
      `SELECT ${progress("migration")}, ${progress("walk")} AS name, ${progress("rows")}::float8 AS rows,
         extract(epoch FROM now() - ${progress("at")})::float8 AS "secondsAgo"
       FROM ${ledgerTable("progress")} ORDER BY ${progress("at")} DESC LIMIT 1`,
    );
    const switches = await client.query<{ seconds: number }>(
      `SELECT extract(epoch FROM now() - ${event("at")})::float8 AS seconds FROM ${ledgerTable("event")}
       WHERE ${event("name")} = 'switched' ORDER BY ${event("id")} DESC LIMIT 1`,
    );
    return {
      migrations: migrations.rows,
      walk: walks.rows[0] ?? null,
      secondsSinceSwitch: switches.rows[0]?.seconds ?? null,
      identity: await readIdentity(client),
    };
  });

async function readIdentity(client: Client): Promise<LedgerIdentity | null> {
  if (!(await hasTable(client, "identity"))) return null;
  const { rows } = await client.query<LedgerIdentity>(
    `SELECT ${identity("application")}, ${identity("schema_name")} AS schema, ${identity("stack")} FROM ${ledgerTable("identity")}`,
  );
  return rows[0] ?? null;
}

/**
 * Queries the database itself, read-only, with the login that the program has put into the cluster
 * for the schema Jobs.
 *
 * @returns null where the database has no ledger yet
 * @throws {Error} where Secret or database cannot be read
 */
export async function askLedger<T>(
  cluster: ClusterApi,
  known: Place,
  ask: (client: Client) => Promise<T>,
): Promise<T | null> {
  const { database, namespace, app } = known;
  if (!database) return null;
  const path = `/api/v1/namespaces/${namespace}/secrets/${loginSecret(app.name, "migrator")}`;
  const found = await cluster.get(secret, path);
  if (!found) return null;
  const { default: pg } = await import("pg");
  const [host, port] = jobAddress(database);
  const client = new pg.Client({
    host,
    port,
    database: database.name,
    user: rolesOf(database, app.name).migrator,
    password: Buffer.from(found.data[PASSWORD_KEY], "base64").toString("utf8"),
    ssl: proofIn(database.sslmode),
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    query_timeout: CONNECT_MILLISECONDS,
    application_name: "zd status",
    options: "-c default_transaction_read_only=on",
  });
  // A connection that breaks between two queries must not end the process.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows: there } = await client.query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", [
      LEDGER_SCHEMA,
    ]);
    if (there.length === 0) return null;
    return await ask(client);
  } finally {
    await client.end();
  }
}

/** The config that `zd` reads may not have been validated by the program. */
function proofIn(sslmode: string): ReturnType<typeof databaseTls> {
  try {
    return databaseTls(sslmode);
  } catch (error) {
    throw new Trouble("usage", (error as Error).message, `Correct ${configKey("database.sslmode")}.`);
  }
}
