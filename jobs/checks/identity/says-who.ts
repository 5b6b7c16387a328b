import { setTimeout as pause } from "node:timers/promises";
import type { SmokeSettings } from "../../../protocol/jobs/smoke-settings.ts";
import { request } from "../../http/request.ts";
import type { JobContext } from "../../job.ts";
import { advice } from "./advice.ts";
import { hear } from "./heard.ts";
import type { Part } from "./part.ts";
import { noAnswer } from "./watch.ts";

/** Several, as there are several pods. */
const AGREEING_ANSWERS = 5;
const GIVE_UP_MILLISECONDS = 5_000;
const PAUSE_MILLISECONDS = 50;
const LONGEST_REQUEST_MILLISECONDS = 2_000;

/**
 * Checks, past the entrance, that answers tell who gives them. There nobody else can answer, so it
 * is soon clear whether they do; at the entrance it would be when traffic has been written.
 */
export async function saysWho(
  url: string,
  { told, path, host, colour }: NonNullable<SmokeSettings["identity"]>,
  { signal }: JobContext,
  giveUpMilliseconds = GIVE_UP_MILLISECONDS,
): Promise<Part> {
  const start = performance.now();
  let agreeing = 0;
  for (;;) {
    const answer = await request(new URL(path, url), {
      ...(host === undefined ? {} : { headers: { host } }),
      agent: false,
      deadlineMilliseconds: LONGEST_REQUEST_MILLISECONDS,
      signal,
    }).catch(noAnswer);
    const { problem } = hear(told, [colour], answer);
    agreeing = problem === null ? agreeing + 1 : 0;
    if (agreeing >= AGREEING_ANSWERS)
      return { ok: true, sentences: [`Its answers at ${path} name ${colour}`], facts: {} };
    if (problem !== null && performance.now() - start >= giveUpMilliseconds)
      return {
        ok: false,
        sentences: [
          `Cannot know later that it is ${colour} who answers, as its pods alone answer at ${url} and do not say so at ${path}: ${problem}`,
          `No traffic was moved. ${advice(told, path)}`,
        ],
        facts: { failed: `GET ${path}` },
      };
    await pause(PAUSE_MILLISECONDS, undefined, { signal });
  }
}
