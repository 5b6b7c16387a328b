// The one loop that waits.
import { AwaitError, cancelled, notInitialised, timedOut } from "./await-error.ts";
import type { AwaitContext, Collection, MakeAwaiter } from "./awaiter.ts";
import type { ObjectEvent } from "../cluster/informers.ts";
import type { Severity } from "../../protocol/engine.ts";
import type { Properties } from "../../protocol/values.ts";

const REPORT_MILLISECONDS = 10_000;
// Informers of the official provider repeat everything they know this often, which counts
// as an event.
const RESYNC_MILLISECONDS = 60_000;

/** What is waited for, how long, and where news comes from. */
export interface WaitOptions {
  readonly object: Properties;
  readonly last: Properties | undefined;
  readonly timeoutMilliseconds: number;
  readonly cancelled: AbortSignal;
  /**
   * How a wait that ran out of time or was cancelled is put when the awaiter is a
   * program's own condition.
   */
  readonly plainErrors: boolean;
  log(severity: Severity, message: string): void;
  subscribe(collection: Collection, listener: (event: ObjectEvent) => void): () => void;
}

/**
 * Waits until the awaiter is content and returns the newest object. Throws an AwaitError otherwise.
 */
export async function waitUntil(makeAwaiter: MakeAwaiter, options: WaitOptions): Promise<Properties> {
  const timers = new Set<NodeJS.Timeout>();
  const unsubscribe: (() => void)[] = [];
  try {
    return await new Promise<Properties>((resolve, reject) => {
      const context: AwaitContext = {
        object: options.object,
        last: options.last,
        log: onceEach(options.log),
        after(milliseconds, then) {
          timers.add(setTimeout(() => (then(), look()), milliseconds));
        },
      };
      const awaiter = makeAwaiter(context);
      const limit = setTimeout(() => fail("timeout"), options.timeoutMilliseconds);
      timers.add(limit);

      const fail = (reason: "timeout" | "cancelled"): void => {
        const object = awaiter.current();
        if (options.plainErrors) {
          const message = reason === "timeout" ? "timed out waiting for the condition" : "context canceled";
          reject(new AwaitError(message, object, []));
        } else reject((reason === "timeout" ? timedOut : cancelled)(object, awaiter.problems()));
      };
      const look = (): void => {
        try {
          const verdict = awaiter.verdict();
          if (verdict.state === "ready") resolve(verdict.object);
          if (verdict.state === "failed") reject(notInitialised(awaiter.current(), awaiter.problems()));
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          reject(new AwaitError(message, awaiter.current(), []));
        }
      };
      timers.add(setInterval(() => awaiter.report?.(), REPORT_MILLISECONDS));
      if (awaiter.rearms === true) timers.add(setInterval(() => limit.refresh(), RESYNC_MILLISECONDS));
      if (options.cancelled.aborted) fail("cancelled");
      const onCancel = (): void => fail("cancelled");
      options.cancelled.addEventListener("abort", onCancel);
      unsubscribe.push(() => options.cancelled.removeEventListener("abort", onCancel));
      for (const collection of awaiter.collections) {
        unsubscribe.push(
          options.subscribe(collection, (event) => {
            if (awaiter.rearms === true) limit.refresh();
            awaiter.see(collection, event);
            look();
          }),
        );
      }
      look();
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    for (const end of unsubscribe) end();
  }
}

/**
 * Looks once: returns when the awaiter is content with what there is, throws an
 * AwaitError otherwise.
 */
export function lookOnce(
  makeAwaiter: MakeAwaiter,
  object: Properties,
  known: ReadonlyMap<Collection, readonly Properties[]>,
  log: (severity: Severity, message: string) => void,
): void {
  const awaiter = makeAwaiter({
    object,
    last: undefined,
    log: onceEach(log),
    after: (_milliseconds, then) => then(),
  });
  for (const collection of awaiter.collections) {
    for (const found of known.get(collection) ?? [])
      awaiter.see(collection, { type: "ADDED", object: found });
  }
  if (awaiter.verdict().state !== "ready") throw notInitialised(object, awaiter.problems());
}

function onceEach(
  log: (severity: Severity, message: string) => void,
): (severity: Severity, message: string) => void {
  const said = new Set<string>();
  return (severity, message) => {
    const key = `${severity} ${message}`;
    if (said.has(key)) return;
    said.add(key);
    log(severity, message);
  };
}
