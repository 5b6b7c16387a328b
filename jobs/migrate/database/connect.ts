import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { databaseTls } from "../../../protocol/database-tls.ts";
import { identifier, sql } from "../../../schema/sql/sql.ts";
import { codeOf, messageOf } from "./database-errors.ts";
import { Refusal } from "../refusal.ts";
import { Session, type Observer } from "./session.ts";
import { isStandby, pinSettings } from "./session-settings.ts";

/** How long to wait for a database that does not answer yet. */
const CONNECT_SECONDS = 20;

/**
 * Connects as the PG* variables say.
 * @param seconds how long a database that does not answer, or has no connection left, is
 *   asked again
 * @throws {Refusal} at most 10 seconds after that, with what to look at
 */
export async function connect(
  application: string,
  log: (line: string) => void,
  observe: Observer,
  seconds = CONNECT_SECONDS,
): Promise<Session> {
  const until = Date.now() + seconds * 1000;
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({
      application_name: application,
      ssl: databaseTls(process.env["PGSSLMODE"]),
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    // Without a listener, a connection that breaks between two queries would end the process.
    client.on("error", () => undefined);
    try {
      await client.connect();
      const session = new Session(client, observe);
      await pinSettings(session);
      if (await isStandby(session)) throw new Standby();
      return session;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof Refusal) throw error;
      if (!isUnreachable(error) || Date.now() > until) throw connectRefusal(error);
      if (attempt === 0) log(`Waiting for PostgreSQL: ${messageOf(error)}`);
      await sleep(500);
    }
  }
}

/** Works as the owner of the tables from here on. @throws {Refusal} when the login may not */
export async function becomeOwner(session: Session, owner: string): Promise<void> {
  try {
    await session.run(sql`SET ROLE ${identifier(owner)}`);
  } catch (error) {
    throw new Refusal(
      `Cannot work on the schema as login ${process.env["PGUSER"] ?? ""} is not a member of role "${owner}": ${messageOf(error)}. Grant it: GRANT "${owner}" TO "${process.env["PGUSER"] ?? ""}"`,
    );
  }
}

/** The query that identifies the server process behind a session. */
export type Greeted = Pick<Session, "processId" | "greetedBy" | "transaction">;

/**
 * With a pooler in transaction mode, session locks and settings do not last.
 * @throws {Refusal} when the connection goes through such a pooler
 */
export async function refuseTransactionPool(session: Greeted, other: Greeted): Promise<void> {
  const before = await session.processId();
  if (before === session.greetedBy) return;
  // A new transaction takes the connection that was returned last: ours, if it was returned.
  const after = await other.transaction(async () => {
    await other.processId();
    return session.processId();
  });
  if (before === after) return;
  throw new Refusal(
    `Cannot work through a transaction-mode pooler as locks and settings of a session are void there: two queries of one connection ran in processes ${before} and ${after}. Give the Jobs the database's own host and port in database.jobHost and database.jobPort, or a session-mode pool`,
  );
}

/** A standby may become the primary soon, as in a failover. */
class Standby extends Error {
  constructor() {
    super("it is a standby, and the schema can only be changed on the primary");
  }
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof Standby) return true;
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ECONNRESET", "57P03", "53300"].includes(
    codeOf(error),
  );
}

function connectRefusal(error: unknown): Refusal {
  const place = `${process.env["PGHOST"] ?? "localhost"}:${process.env["PGPORT"] ?? "5432"}`;
  const advice: Readonly<Record<string, string>> = {
    "28P01": `the password of login ${process.env["PGUSER"] ?? ""} is wrong`,
    "28000": `login ${process.env["PGUSER"] ?? ""} is not let in`,
    "3D000": `there is no database ${process.env["PGDATABASE"] ?? ""}`,
    "53300": "all its connections are taken",
  };
  if (error instanceof Standby) {
    return new Refusal(
      `Cannot work on the database at ${place} as ${error.message}. Nothing was changed; set database.host and database.port (for the Jobs alone: jobHost and jobPort) to the primary`,
    );
  }
  const isUntrusted = /CERT|VERIFY|ISSUER/.test(codeOf(error));
  const known = isUntrusted
    ? `its certificate is not to be trusted (${codeOf(error)}); database.sslmode "require" encrypts without looking at who signed it`
    : advice[codeOf(error)];
  return new Refusal(
    `Cannot reach the database at ${place} as ${known ?? "it does not answer"}: ${messageOf(error)}. Nothing was changed; check database.host and database.port (for the Jobs alone: jobHost and jobPort), and the login's password`,
  );
}
