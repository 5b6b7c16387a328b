import { sql } from "../../../schema/sql/sql.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import { becomeOwner, connect } from "../database/connect.ts";

/** Another session is useful, but not worth waiting for. */
const CONNECT_SECONDS = 2;

/**
 * `count` runners that write at the same time: this one and others, each with its own session, in
 * which names are looked up as in ours. Our session's lock covers all of them; every step of each
 * checks the fence.
 */
export async function withParallelSessions<T>(
  runner: Runner,
  count: number,
  work: (lanes: readonly Runner[]) => Promise<T>,
): Promise<T> {
  const { settings, context, options, signal } = runner;
  const lanes = [runner];
  const ended = new AbortController();
  try {
    while (lanes.length < count) {
      const name = `zero-downtime migrate ${settings.goal} ${settings.number} range ${lanes.length + 1}`;
      const worker = await connect(
        name,
        context.log,
        options.observe ?? (() => undefined),
        CONNECT_SECONDS,
      ).catch((error: unknown) => {
        if (error instanceof Refusal) return error;
        throw error;
      });
      if (worker instanceof Refusal) {
        runner.log(
          `Writing ${lanes.length} of ${count} ranges at a time, as no more sessions are to be had: ${worker.message}`,
        );
        break;
      }
      lanes.push({ ...runner, worker, store: runner.store.over(worker) });
      // The signal that cancels the runner's statement cancels ours.
      const processId = await worker.processId();
      const cancel = () =>
        void runner.watcher
          .run(sql`SELECT pg_catalog.pg_cancel_backend($1)`, [processId])
          .catch(() => undefined);
      signal.addEventListener("abort", cancel, { once: true, signal: ended.signal });
      await becomeOwner(worker, settings.owner);
      await worker.searchIn(runner.worker.searchedIn);
    }
    return await work(lanes);
  } finally {
    ended.abort();
    await Promise.all(lanes.slice(1).map(({ worker }) => worker.close()));
  }
}
