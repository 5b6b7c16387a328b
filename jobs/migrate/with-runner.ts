import type { JobContext } from "../job.ts";
import { LedgerStore } from "./ledger-store.ts";
import { noFigures, type Runner } from "./runner.ts";
import { takeRunnerLock } from "./runner-lock.ts";
import { becomeOwner, connect, refuseTransactionPool, type Observer } from "./session.ts";
import type { MigrateSettings } from "./settings.ts";

/** Openings for tests. */
export interface Options {
  /** Sees every statement of the session that does the work. */
  readonly observe?: Observer;
}

/** Two connections, the runner's lock and the deadline around a piece of work. */
export async function withRunner<T>(
  settings: MigrateSettings,
  context: JobContext,
  options: Options,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const ends = performance.now() + settings.deadlineSeconds * 1000;
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), Math.min(settings.deadlineSeconds * 1000, 2 ** 31 - 1));
  const signal = AbortSignal.any([context.signal, timer.signal]);
  const name = `zero-downtime migrate ${settings.goal} ${settings.number}`;
  try {
    const watcher = await connect(`${name} watcher`, context.log, () => undefined);
    try {
      const worker = await connect(name, context.log, options.observe ?? (() => undefined));
      try {
        await refuseTransactionPool(worker, watcher);
        await becomeOwner(worker, settings.owner);
        await takeRunnerLock(worker, signal, context.log);
        const store = new LedgerStore(worker, settings.number, settings.stage);
        const remaining = () => ends - performance.now();
        return await work({
          settings,
          worker,
          watcher,
          store,
          log: context.log,
          signal,
          remaining,
          figures: noFigures(),
        });
      } finally {
        await worker.close();
      }
    } finally {
      await watcher.close();
    }
  } finally {
    clearTimeout(timeout);
  }
}
