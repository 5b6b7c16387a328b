import { integer, sql } from "../../schema/sql.ts";
import type { Runner } from "./runner.ts";
import { withLockRetries } from "./with-lock-retries.ts";

/**
 * From here on an older runner refuses to work; a ledger made by an older version of the program gets what it lacks.
 * @throws {Refusal} when we are the older one
 */
export async function beginWork(runner: Runner): Promise<void> {
  const { store, worker } = runner;
  await store.takeNumber();
  if (!(await store.isOutdated())) return;
  await withLockRetries(runner, "Bring the ledger up to date", "brief", ({ milliseconds }) =>
    worker.transaction(async () => {
      await worker.run(sql`SET LOCAL lock_timeout = ${integer(milliseconds)}`);
      await store.upgrade();
    }),
  );
}
