import { readySettings, type ReadySettings } from "../../protocol/jobs/ready-settings.ts";
import { awaitOutlook } from "../kubernetes/poll.ts";
import { type ClusterApi, clusterApi } from "../kubernetes/cluster-api.ts";
import { deployment, listOf, pod } from "../kubernetes/cluster-objects.ts";
import { endpointSlices } from "../kubernetes/endpoint-slices.ts";
import { failedVerdict } from "../kubernetes/failed-verdict.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { podFailures } from "../kubernetes/pod-failures.ts";
import { podsPath } from "../kubernetes/pods-path.ts";
import { nodesLeftAlone } from "./local-nodes.ts";
import { putBack } from "./restore-deployment.ts";
import { hasOlder, judge, type Opinion, type Sight } from "./readiness.ts";
import { VERSION_VARIABLE } from "../../protocol/names.ts";

/** Waits until a colour can take traffic, and fails as soon as there is no point in waiting. */
export const ready: Job<ReadySettings> = {
  settings: readySettings,
  run: async (asked, context) => awaitReady(asked, context, await clusterApi()),
};

/** The job, on any API server. */
export async function awaitReady(
  asked: ReadySettings,
  context: JobContext,
  api: ClusterApi,
): Promise<Result> {
  let isReplacing = false;
  const { end, why, last, milliseconds } = await awaitOutlook(
    asked.deadlineSeconds,
    context,
    async (lasting) => {
      const sight = await look(asked, api, context.signal);
      const before = wasPutBack(asked, sight);
      isReplacing ||= before !== undefined || hasOlder(asked, sight);
      const opinion = before ?? judge(asked, sight, lasting);
      const covering = await onEveryNode(asked, opinion, sight, context, api);
      return unlessFailed(asked, covering, context, api);
    },
  );
  const facts = { milliseconds, pods: last?.readyPods ?? 0, endpoints: last?.readyEndpoints ?? 0 };
  if (end === "ready") return { ok: true, summary: why, facts };
  const afterwards = end === "unseen" ? "" : `. ${await afterFailure(asked, isReplacing, context, api)}`;
  return { ok: false, summary: `Cannot call ${asked.deployment} ready as ${why}${afterwards}`, facts };
}

/**
 * Fails where pods that are all ready leave a node alone whose requests only they will get. Pods do
 * not move by themselves, so there is no point in waiting.
 */
async function onEveryNode(
  { namespace, takesOver, deployment: name }: ReadySettings,
  opinion: Opinion,
  { pods }: Sight,
  { signal }: JobContext,
  api: ClusterApi,
): Promise<Opinion> {
  if (opinion.state !== "ready" || takesOver === null) return opinion;
  const serving = await api.get(listOf(pod), podsPath(namespace, takesOver.labels), signal);
  const nodes = nodesLeftAlone(serving?.items ?? [], pods);
  if (nodes.length === 0) return opinion;
  const why =
    `${nodes.join(", ")} would have no pod of ${name} to serve what reaches it, and the Service ${takesOver.service} has externalTrafficPolicy Local: ` +
    `take enough pods, spread over nodes (topologySpreadConstraints with whenUnsatisfiable DoNotSchedule), or set the policy to Cluster`;
  return { ...opinion, state: "failed", why };
}

/** Fails for a candidate that is ready but that the guard has failed. */
async function unlessFailed(
  { namespace, unlessFailed: verdict }: ReadySettings,
  opinion: Opinion,
  { signal }: JobContext,
  api: ClusterApi,
): Promise<Opinion> {
  const isAsked = opinion.state === "ready" && verdict !== null;
  const failed = isAsked ? await failedVerdict(namespace, verdict, api, signal) : null;
  return failed === null ? opinion : { ...opinion, state: "failed", why: failed };
}

/**
 * An earlier try of this Job may have put the old version back: then the new one never becomes
 * ready.
 */
function wasPutBack({ replaces }: ReadySettings, { deployment: found }: Sight): Opinion | undefined {
  if (!found || !replaces?.putBack) return undefined;
  // By its version: both may have the same image.
  const isOld = found.spec.template.spec.containers.some(({ env }) =>
    env.some(({ name, value }) => name === VERSION_VARIABLE && value === replaces.version),
  );
  if (!isOld) return undefined;
  const why = "its pods did not become ready before";
  return { state: "failed", why, readyPods: 0, readyEndpoints: 0 };
}

/** What is true after a failure, and what to do next. */
async function afterFailure(
  asked: ReadySettings,
  isReplacing: boolean,
  context: JobContext,
  api: ClusterApi,
): Promise<string> {
  const { replaces } = asked;
  // The update was over before: only its size has changed since.
  if (replaces && !isReplacing)
    return `No pod of ${replaces.version} was there any more, so none was put back; mend it and repeat, or go back`;
  if (!replaces) return "It was given no more traffic; mend it and repeat, or go back";
  if (replaces.putBack === null)
    return `No further pod of ${replaces.version} is replaced, and those left serve on; mend it and repeat, or go back`;
  await putBack(asked, replaces, context, api);
  const { template: _, ...others } = asked;
  const again = { ...others, image: replaces.image };
  const { end, why } = await awaitOutlook(asked.deadlineSeconds, context, async (lasting) =>
    judge(again, await look(again, api, context.signal), lasting),
  );
  return end === "ready"
    ? `It was put back to ${replaces.version}, all of whose pods are ready; mend it and repeat, or go back`
    : `It was put back to ${replaces.version}, but ${why}; look after it, then go back`;
}

async function look(
  { namespace, deployment: name, service, services }: ReadySettings,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Sight> {
  const at = Date.now();
  const found = await api.get(
    deployment,
    `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    signal,
  );
  const labels = found?.spec.selector.matchLabels ?? {};
  const [pods, ...leads] = await Promise.all([
    Object.keys(labels).length > 0 ? api.get(listOf(pod), podsPath(namespace, labels), signal) : undefined,
    ...[service, ...services].map(async (behind) => ({
      service: behind,
      slices: await endpointSlices(behind, namespace, api, signal),
    })),
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
    leads,
    events: events ?? [],
  };
}
