import { z } from "zod";
import { awaitOutlook } from "./await-outlook.ts";
import { type ClusterApi, clusterApi } from "./cluster-api.ts";
import { deployment, endpointSlice, listOf, pod } from "./cluster-objects.ts";
import type { Job, JobContext, Result } from "./job.ts";
import { podFailures } from "./pod-failures.ts";
import { type Sight, judge } from "./readiness.ts";

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

/** Waits until a colour can take traffic, and fails as soon as waiting has become useless. */
export const ready: Job<Settings> = {
  settings,
  run: async (asked, context) => awaitReady(asked, context, await clusterApi()),
};

/** The job, on any API server. */
export async function awaitReady(asked: Settings, context: JobContext, api: ClusterApi): Promise<Result> {
  const { end, why, last, milliseconds } = await awaitOutlook(
    asked.deadlineSeconds,
    context,
    async (lasting) => judge(asked, await look(asked, api, context.signal), lasting),
  );
  const facts = { milliseconds, pods: last?.readyPods ?? 0, endpoints: last?.readyEndpoints ?? 0 };
  if (end === "ready") return { ok: true, summary: why, facts };
  const cannot = `Cannot call ${asked.deployment} ready as ${why}`;
  return { ok: false, summary: `${cannot}${AFTERWARDS[end]}`, facts };
}

const AFTERWARDS = {
  failed: ". No traffic was sent to it; mend it and repeat, or go back",
  late: ". No traffic was sent to it",
  unseen: "",
};

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
  const events = waits ? await podFailures(namespace, api, signal) : undefined;
  return {
    at,
    deployment: found,
    pods: pods?.items ?? [],
    slices: slices?.items ?? [],
    events: events ?? [],
  };
}
