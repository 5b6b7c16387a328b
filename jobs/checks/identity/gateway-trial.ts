import { setTimeout as pause } from "node:timers/promises";
import type { Identity } from "../../../protocol/identity/identity.ts";
import { NoAnswer, request } from "../../http/request.ts";
import type { JobContext } from "../../job.ts";
import { noAnswer } from "./watch.ts";

type ByEntrance = Extract<Identity, { readonly by: "entrance" }>;

const PAUSE_MILLISECONDS = 100;
const LONGEST_REQUEST_MILLISECONDS = 2_000;
/** A gateway of several instances may not have told all of them yet. */
const ENOUGH_ANSWERS = 5;

/** Whether the gateway names who answers, as seen at a host that nobody else asks for. */
export interface Tried {
  /** Null: not seen either way. */
  readonly names: boolean | null;
  /** What was seen, as part of a sentence. */
  readonly why: string;
}

/**
 * Asks at the trial's host until it is clear whether the gateway adds the header that names the
 * workload: some gateways ignore what a route asks of a single backend. That the trial's route
 * answers is shown by another header, which its whole rule adds.
 *
 * @param until ends the asking
 */
export async function tryGateway(
  { url, path }: { readonly url: string; readonly path: string },
  { request: probe, header, trial }: ByEntrance,
  { signal }: JobContext,
  until: AbortSignal,
): Promise<Tried> {
  const headers = { host: trial.host, [probe.name]: probe.value };
  let why = `nothing was asked at ${trial.host}`;
  for (let unnamed = 0; !until.aborted && !signal.aborted;) {
    const answer = await request(new URL(path, url), {
      headers,
      agent: false,
      deadlineMilliseconds: LONGEST_REQUEST_MILLISECONDS,
      signal: AbortSignal.any([signal, until]),
    }).catch((error: unknown) => (until.aborted ? null : noAnswer(error)));
    if (answer === null) break;
    if (answer instanceof NoAnswer) why = answer.message;
    else if (answer.headers[header.toLowerCase()] !== undefined)
      return { names: true, why: `the Gateway adds ${header} at ${trial.host}` };
    else if (answer.headers[trial.header.toLowerCase()] === undefined)
      why = `the route for ${trial.host} does not answer: answer ${answer.status}`;
    else if ((unnamed += 1) >= ENOUGH_ANSWERS)
      return { names: false, why: `the Gateway ignores that backends are to add the header ${header}` };
    await pause(PAUSE_MILLISECONDS);
  }
  return { names: null, why };
}
