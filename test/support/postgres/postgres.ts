// A database of its own for each suite, on the run's server.
import { postgresServer } from "./postgres-server.ts";
import { createDatabaseAt, type TestDatabase } from "./test-database.ts";

export type { TestDatabase } from "./test-database.ts";

let counter = 0;

/** A fresh database with its roles; the server is started when the first one is asked for. */
export async function createDatabase(prefix = "book"): Promise<TestDatabase> {
  const { port } = await postgresServer();
  counter++;
  return createDatabaseAt(port, `${prefix}_${counter}`);
}
