import { integer, sql } from "../../schema/sql/sql.ts";
import type { Runner } from "./runner.ts";
import { withLockRetries } from "./database/with-lock-retries.ts";

/**
 * From here on an older runner refuses to work; a ledger made by an older version of the program
 * gets what it lacks.
 * @throws {Refusal} when we are the older one, or a clock is ahead
 */
export async function beginWork(runner: Runner): Promise<void> {
  const { store, worker } = runner;
  const notes = await withLockRetries(runner, "Begin to work on the ledger", "brief", ({ milliseconds }) =>
    worker.transaction(async () => {
      await worker.run(sql`SET LOCAL lock_timeout = ${integer(milliseconds)}`);
      return store.takeNumber();
    }),
  );
  for (const note of notes) runner.log(note);
}
