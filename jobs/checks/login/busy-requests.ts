import type { LoggedInSettings } from "../../../protocol/jobs/logged-in-settings.ts";
import { NoAnswer, request } from "../../http/request.ts";

const LONGEST_REQUEST_MILLISECONDS = 5_000;
/** Between the requests of one sender, where answers come at once. */
const PAUSE_MILLISECONDS = 20;

/**
 * Keeps requests under way until told to stop, so that a pool which opens late opens, and a session
 * that lasts no longer than a request is there to be seen. What is answered does not matter: the
 * smoke test has looked at that.
 *
 * @returns what stops it, and waits for the last request
 */
export function keepBusy({ url, paths, concurrency }: LoggedInSettings): () => Promise<void> {
  const stop = new AbortController();
  let sent = 0;
  const send = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const path = paths[sent % paths.length] ?? "/";
      sent += 1;
      await request(new URL(path, url), {
        agent: false,
        deadlineMilliseconds: LONGEST_REQUEST_MILLISECONDS,
        signal: stop.signal,
      }).catch((error: unknown) => {
        if (!(error instanceof NoAnswer) && !stop.signal.aborted) throw error;
      });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  };
  const senders = Promise.all(Array.from({ length: concurrency }, send));
  // Whoever stops it is told; until then a failure must not end the process.
  senders.catch(() => undefined);
  return async () => {
    stop.abort(new Error("Enough was seen"));
    await senders;
  };
}
