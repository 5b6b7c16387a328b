import type { Client } from "pg";
import { z } from "zod";
import { databaseTls } from "../../protocol/database-tls.ts";
import { loginSecret, PASSWORD_KEY } from "../../protocol/names.ts";
import { rolesOf } from "../../protocol/roles.ts";
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
  /** Whose the ledger is; null where an older version of the program made it and no newer one has worked on it. */
  readonly identity: LedgerIdentity | null;
}

const CONNECT_MILLISECONDS = 2_000;

const secret = z.object({ data: z.object({ [PASSWORD_KEY]: z.string() }) });

/** How far the schema is now. @throws {Error} where Secret or database cannot be read */
export const readLedger = (cluster: ClusterApi, known: Known): Promise<FoundSchema | null> =>
  askLedger(cluster, known, async (client) => {
    const migrations = await client.query<FoundSchema["migrations"][number]>(
      "SELECT id, state FROM zero_downtime.migration ORDER BY id",
    );
    const walks = await client.query<NonNullable<FoundSchema["walk"]>>(
      `SELECT migration, walk AS name, rows::float8 AS rows, extract(epoch FROM now() - at)::float8 AS "secondsAgo"
       FROM zero_downtime.progress ORDER BY at DESC LIMIT 1`,
    );
    const switches = await client.query<{ seconds: number }>(
      `SELECT extract(epoch FROM now() - at)::float8 AS seconds FROM zero_downtime.event
       WHERE name = 'switched' ORDER BY id DESC LIMIT 1`,
    );
    return {
      migrations: migrations.rows,
      walk: walks.rows[0] ?? null,
      secondsSinceSwitch: switches.rows[0]?.seconds ?? null,
      identity: await readIdentity(client),
    };
  });

async function readIdentity(client: Client): Promise<LedgerIdentity | null> {
  const { rows: there } = await client.query<{ there: boolean }>(
    "SELECT pg_catalog.to_regclass('zero_downtime.identity') IS NOT NULL AS there",
  );
  if (!there[0]?.there) return null;
  const { rows } = await client.query<LedgerIdentity>(
    "SELECT application, schema_name AS schema, stack FROM zero_downtime.identity",
  );
  return rows[0] ?? null;
}

/**
 * Asks the database itself, with the login that the program has put into the cluster for the schema Jobs, and may change nothing.
 *
 * @returns null where the database has no ledger yet
 * @throws {Error} where Secret or database cannot be read
 */
export async function askLedger<T>(
  cluster: ClusterApi,
  known: Pick<Known, "database" | "namespace" | "app">,
  ask: (client: Client) => Promise<T>,
): Promise<T | null> {
  const { database, namespace, app } = known;
  if (!database) return null;
  const path = `/api/v1/namespaces/${namespace}/secrets/${loginSecret(app.name, "migrator")}`;
  const found = await cluster.get(secret, path);
  if (!found) return null;
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    host: database.host,
    port: database.port,
    database: database.name,
    user: rolesOf(database, app.name).migrator,
    password: Buffer.from(found.data[PASSWORD_KEY], "base64").toString("utf8"),
    ssl: databaseTls(database.sslmode),
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    query_timeout: CONNECT_MILLISECONDS,
    application_name: "zd status",
    options: "-c default_transaction_read_only=on",
  });
  // A connection that breaks between two questions must not end the process.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows: there } = await client.query(
      "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'zero_downtime'",
    );
    if (there.length === 0) return null;
    return await ask(client);
  } finally {
    await client.end();
  }
}
