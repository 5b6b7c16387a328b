import { identityIn, probeSettings, type ProbeSettings } from "../../protocol/jobs/probe-settings.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { clusterApi, type ClusterApi } from "../kubernetes/cluster-api.ts";
import { askEverywhere, type Told } from "./identity/by-answers.ts";
import { awaitEndpoints } from "./identity/by-endpoints.ts";
import { awaitDrained, type Pace } from "./identity/drain.ts";
import { NOTHING, resultOf, type Part } from "./identity/part.ts";

/**
 * Checks from outside who answers, on fresh and on kept-alive connections, until only those allowed
 * do; where no answer tells that, it checks where Services lead. Then it waits for those who still
 * use pods that are about to go.
 */
export const probe: Job<ProbeSettings> = {
  settings: probeSettings,
  run: async (asked, context) =>
    awaitProof(asked, context, asked.endpoints || asked.leaving ? await clusterApi() : null),
};

/**
 * The job, on any API server.
 *
 * @param api null where it is asked nothing
 */
export async function awaitProof(
  asked: ProbeSettings,
  context: JobContext,
  api: ClusterApi | null,
  pace?: Pace,
): Promise<Result> {
  const start = performance.now();
  const told = await byAnswers(asked, context);
  const because = "because" in told ? told : null;
  const answers = "because" in told ? NOTHING : told;
  if (!answers.ok) return resultOf(answers);
  const left = asked.deadlineSeconds - (performance.now() - start) / 1_000;
  const deadlineSeconds = Math.max(0, Math.round(left * 10) / 10);
  const led = await byEndpoints({ ...asked, deadlineSeconds }, because, context, api);
  if (!led.ok) return resultOf(answers, led);
  return resultOf(answers, led, await drained(asked, context, api, pace));
}

/** Why answers tell nothing: null as a reason means that config asks for none. */
interface Untold {
  readonly because: string | null;
}

async function byAnswers(asked: ProbeSettings, context: JobContext): Promise<Told | Untold> {
  const identity = identityIn(asked);
  return identity.by === "endpoints"
    ? { because: identity.because }
    : askEverywhere(asked, identity, context);
}

async function byEndpoints(
  asked: ProbeSettings,
  untold: Untold | null,
  context: JobContext,
  api: ClusterApi | null,
): Promise<Part> {
  const { endpoints } = asked;
  if (endpoints === null || api === null) return NOTHING;
  const isAlone = untold !== null;
  const { end, why, last, milliseconds } = await awaitEndpoints(
    { ...asked, endpoints, asksEntrance: isAlone },
    context,
    api,
  );
  const facts = { endpoints: { milliseconds, pods: last?.pods ?? {} } };
  const allowed = asked.allowed.join(" or ");
  if (end !== "ready")
    return {
      ok: false,
      sentences: [
        `Cannot prove that only ${allowed} gets new connections as ${why}`,
        "Traffic has been written; look at the Services and routes, then repeat",
      ],
      facts,
    };
  const reason = untold?.because ? `, which is all that can be seen as ${untold.because}` : "";
  const sentence = isAlone ? `Only ${allowed} gets new connections${reason}: ${why}` : `Besides, ${why}`;
  return { ok: true, sentences: [sentence], facts };
}

async function drained(
  { leaving, endpoints }: ProbeSettings,
  context: JobContext,
  api: ClusterApi | null,
  pace: Pace | undefined,
): Promise<Part> {
  // Where answers alone tell, they do so on every connection.
  if (leaving === null || endpoints === null || api === null) return NOTHING;
  const { by, why, milliseconds } = await awaitDrained(leaving, context, api, pace);
  return { ok: true, sentences: [why], facts: { drained: { by, milliseconds } } };
}
