import type { JobContext } from "../job.ts";
import { sql } from "../../schema/sql/sql.ts";
import { identityOf } from "./checks/refuse-foreign-ledger.ts";
import { LedgerStore } from "./ledger/ledger-store.ts";
import type { Figures, Runner } from "./runner.ts";
import { takeRunnerLock } from "./database/runner-lock.ts";
import {
  becomeOwner,
  connect,
  refuseTransactionPool,
  type Observer,
  type Session,
} from "./database/session.ts";
import type { MigrateSettings } from "../../protocol/jobs/migrate-settings.ts";

/** Openings for tests. */
export interface Options {
  /** Sees every statement of the session that does the work. */
  readonly observe?: Observer;
}

/** What a run has, whatever becomes of its connections. */
export interface Run {
  readonly settings: MigrateSettings;
  readonly context: JobContext;
  readonly options: Options;
  readonly figures: Figures;
  /** Aborted at the deadline and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Milliseconds left until the deadline. */
  readonly remaining: () => number;
}

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
      // A long statement is ended too; the server takes back what it did. Again and again, as a cancel that comes between two statements ends none.
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
