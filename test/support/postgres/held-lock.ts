import pg from "pg";
import type { Journey } from "../journey/journey.ts";

/** A transaction that somebody has left open. */
export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Somebody's transaction does a statement and then stays open, as a report or a forgotten
 * console does.
 */
export async function holdLock(journey: Journey, application: string, statement: string): Promise<HeldLock> {
  const { host, port, user, password } = journey.target.database;
  const database = journey.book.database;
  const client = new pg.Client({ host, port, user, password, database, application_name: application });
  // Dropping the database ends it from the other side.
  client.on("error", () => undefined);
  await client.connect();
  await client.query("BEGIN");
  await client.query(statement);
  let releasing: Promise<void> | undefined;
  return { release: () => (releasing ??= client.end()) };
}
