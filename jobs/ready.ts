import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { type ClusterApi, Forbidden, clusterApi } from "./cluster-api.ts";
import { deployment, endpointSlice, event, listOf, pod } from "./cluster-objects.ts";
import type { Job, JobContext, Result } from "./job.ts";
import { type Lasting, type Opinion, type Sight, judge } from "./readiness.ts";
import { NoAnswer } from "./request.ts";

const settings = z.object({
  namespace: z.string().min(1),
  deployment: z.string().min(1),
  service: z.string().min(1),
  /** At least so many pods and endpoints must be ready. */
  replicas: z.number().int().min(1),
  /** Image of every pod, as the Deployment spells it. */
  image: z.string().min(1),
  deadlineSeconds: z.number().positive().max(3600),
});
type Settings = z.infer<typeof settings>;

const LOOK_MILLISECONDS = 250;
/** An API server that restarts is away for some seconds. */
const API_AWAY_TOLERATED_MILLISECONDS = 20_000;

/** Waits until a colour can take traffic, and fails as soon as waiting has become useless. */
export const ready: Job<Settings> = {
  settings,
  run: async (asked, context) => awaitReady(asked, context, await clusterApi()),
};

/** The job, on any API server. */
export async function awaitReady(asked: Settings, context: JobContext, api: ClusterApi): Promise<Result> {
  const start = performance.now();
  const complaints = new Complaints();
  const facts = (opinion?: Opinion) => ({
    milliseconds: Math.round(performance.now() - start),
    pods: opinion?.readyPods ?? 0,
    endpoints: opinion?.readyEndpoints ?? 0,
  });
  const cannot = `Cannot call ${asked.deployment} ready as`;
  let opinion: Opinion | undefined;
  let logged = "";
  let away = "";
  for (;;) {
    context.signal.throwIfAborted();
    const lasting = complaints.look();
    try {
      opinion = judge(asked, await look(asked, api, context.signal), lasting);
      away = "";
    } catch (error) {
      if (error instanceof Forbidden)
        return {
          ok: false,
          summary: `${cannot} ${error.message}. Grant it to the job's ServiceAccount`,
          facts: facts(),
        };
      if (!(error instanceof NoAnswer)) throw error;
      away = `the Kubernetes API does not answer: ${error.message}`;
      if (lasting("away") >= API_AWAY_TOLERATED_MILLISECONDS)
        return { ok: false, summary: `${cannot} ${away}`, facts: facts() };
    }
    const why = away || opinion?.why || "";
    if (why !== logged) context.log((logged = why));
    if (!away && opinion?.state === "ready") return { ok: true, summary: opinion.why, facts: facts(opinion) };
    if (!away && opinion?.state === "failed") {
      return {
        ok: false,
        summary: `${cannot} ${opinion.why}. No traffic was sent to it; mend it and repeat, or go back`,
        facts: facts(opinion),
      };
    }
    if (performance.now() - start > asked.deadlineSeconds * 1_000) {
      return {
        ok: false,
        summary: `${cannot} ${asked.deadlineSeconds} s have passed and ${why}. No traffic was sent to it`,
        facts: facts(opinion),
      };
    }
    await pause(LOOK_MILLISECONDS, undefined, { signal: context.signal });
  }
}

async function look(
  { namespace, deployment: name, service }: Settings,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Sight> {
  const at = Date.now();
  const core = `/api/v1/namespaces/${namespace}`;
  const found = await api.get(
    deployment,
    `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    signal,
  );
  const labels = Object.entries(found?.spec.selector.matchLabels ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  );
  const [pods, slices] = await Promise.all([
    labels.length > 0
      ? api.get(listOf(pod), `${core}/pods?labelSelector=${encodeURIComponent(labels.join())}`, signal)
      : undefined,
    api.get(
      listOf(endpointSlice),
      `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`,
      signal,
    ),
  ]);
  const waits = pods?.items.some(({ status }) =>
    [...status.initContainerStatuses, ...status.containerStatuses].some(
      ({ state }) => state.waiting !== undefined,
    ),
  );
  const events = waits
    ? await api.get(
        listOf(event),
        `${core}/events?fieldSelector=${encodeURIComponent("reason=Failed,involvedObject.kind=Pod")}`,
        signal,
      )
    : undefined;
  return {
    at,
    deployment: found,
    pods: pods?.items ?? [],
    slices: slices?.items ?? [],
    events: events?.items ?? [],
  };
}

/** Remembers since when each complaint has been made at every look. */
class Complaints {
  #since = new Map<string, number>();

  /** Begins a look; a complaint that the look before did not make is forgotten. */
  look(): Lasting {
    const before = this.#since;
    const now = performance.now();
    this.#since = new Map();
    return (complaint) => {
      const since = before.get(complaint) ?? now;
      this.#since.set(complaint, since);
      return now - since;
    };
  }
}
