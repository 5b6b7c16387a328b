import { sql } from "../../schema/sql/sql.ts";
import { identityOf } from "./checks/refuse-foreign-ledger.ts";
import { LedgerStore } from "./ledger/ledger-store.ts";
import type { Runner } from "./runner.ts";
import { takeRunnerLock } from "./database/runner-lock.ts";
import type { Observer, Session } from "./database/session.ts";
import { becomeOwner, connect, refuseTransactionPool } from "./database/connect.ts";
import type { Run } from "./run.ts";

const CANCEL_MILLISECONDS = 500;

/** Two connections and the runner's lock around a piece of work. */
export async function withRunner<T>(run: Run, work: (runner: Runner) => Promise<T>): Promise<T> {
  const { settings, context, options, signal } = run;
  const { number, clock = null } = settings;
  const name = `zero-downtime migrate ${settings.goal} ${number}`;
  return withSession(`${name} watcher`, run, undefined, (watcher) =>
    withSession(name, run, options.observe, async (worker) => {
      await refuseTransactionPool(worker, watcher);
      await becomeOwner(worker, settings.owner);
      await takeRunnerLock(worker, signal, context.log);
      const processId = await worker.processId();
      // A long statement is ended too; the server takes back what it did. Again and again, as a
      // cancel that comes between two statements ends none.
      let cancelling: NodeJS.Timeout | undefined;
      const cancel = () => {
        const send = () =>
          void watcher.run(sql`SELECT pg_catalog.pg_cancel_backend($1)`, [processId]).catch(() => undefined);
        send();
        cancelling = setInterval(send, CANCEL_MILLISECONDS);
      };
      signal.addEventListener("abort", cancel, { once: true });
      try {
        const store = new LedgerStore(worker, { number, clock }, settings.stage, identityOf(settings));
        return await work({ ...run, worker, watcher, store, log: context.log });
      } finally {
        signal.removeEventListener("abort", cancel);
        clearInterval(cancelling);
      }
    }),
  );
}

async function withSession<T>(
  name: string,
  { context }: Run,
  observe: Observer | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connect(name, context.log, observe ?? (() => undefined));
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
