import { Worker } from "node:worker_threads";
import { type LoadOptions, parseLoadOptions } from "./options.ts";
import type { Report, Segment } from "./report.ts";
import type { Totals } from "./totals.ts";
import type { FromLoad, ToLoad } from "./worker.ts";

/** A load that runs in a thread of its own. */
export interface Load {
  /** The figures since the start, at most 0.2 s old. */
  readonly snapshot: () => Totals;
  /**
   * Ends the segment that runs, exactly now, and returns it; what follows is counted under this
   * label too.
   */
  readonly mark: (label: string) => Promise<Segment>;
  /**
   * Resolves when no more requests will be sent: stopped, or at the limit of seconds or requests.
   */
  readonly ended: Promise<void>;
  /**
   * Sends no more, waits for what is under way, looks at every address that was created, and ends
   * the thread.
   */
  readonly stop: () => Promise<Report>;
}

/**
 * Starts a load on an address book.
 * @throws {Error} when an option is invalid, or the host is neither this machine nor allowed; and
 * if the load's thread fails, whatever is awaited then is rejected.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: parseLoadOptions(options),
  });
  const marks = new Map<number, (segment: Segment) => void>();
  const ended = Promise.withResolvers<void>();
  const report = Promise.withResolvers<Report>();
  const first = Promise.withResolvers<Totals>();
  const failed = new Promise<never>((_, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) =>
      reject(new Error(`Cannot go on with the load as its thread has ended with code ${code}`)),
    );
  });
  // Whoever awaits something hears of it; nobody may be awaiting just now.
  failed.catch(() => undefined);
  let totals: Totals | undefined;
  worker.on("message", (message: FromLoad) => {
    switch (message.tell) {
      case "totals":
        totals = message.totals;
        return first.resolve(message.totals);
      case "marked":
        marks.get(message.number)?.(message.segment);
        marks.delete(message.number);
        return;
      case "ended":
        return ended.resolve();
      case "report":
        return report.resolve(message.report);
    }
  });
  const endedOrFailed = Promise.race([ended.promise, failed]);
  endedOrFailed.catch(() => undefined);
  const tell = (message: ToLoad) => worker.postMessage(message);
  const firstTotals = await Promise.race([first.promise, failed]);
  let numbers = 0;
  let stopping: Promise<Report> | undefined;

  return {
    snapshot: () => totals ?? firstTotals,
    mark: (label) => {
      const number = (numbers += 1);
      const marked = new Promise<Segment>((resolve) => marks.set(number, resolve));
      tell({ ask: "mark", number, label });
      return Promise.race([marked, failed]);
    },
    ended: endedOrFailed,
    stop: () => {
      if (stopping === undefined) tell({ ask: "stop" });
      stopping ??= Promise.race([report.promise, failed]);
      return stopping;
    },
  };
}
