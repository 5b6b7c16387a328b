import { pullSettings, type PullSettings } from "../../protocol/jobs/pull-settings.ts";
import { awaitOutlook, type Outlook } from "../kubernetes/poll.ts";
import { type ClusterApi, clusterApi } from "../kubernetes/cluster-api.ts";
import {
  type ContainerStatus,
  type Event,
  type Pod,
  pod as podShape,
} from "../kubernetes/cluster-objects.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { podFailures } from "../kubernetes/pod-failures.ts";
import { pullFailure } from "../kubernetes/pull-failure.ts";
import { sentence } from "../kubernetes/condition-text.ts";

/**
 * Waits until the cluster has an image, and fails as soon as it is clear that it will not get it.
 */
export const pull: Job<PullSettings> = {
  settings: pullSettings,
  run: async (asked, context) => awaitPull(asked, context, await clusterApi()),
};

/** The job, on any API server. */
export async function awaitPull(asked: PullSettings, context: JobContext, api: ClusterApi): Promise<Result> {
  const { end, why, milliseconds } = await awaitOutlook(asked.deadlineSeconds, context, async () => {
    const path = `/api/v1/namespaces/${asked.namespace}/pods/${asked.pod}`;
    const found = await api.get(podShape, path, context.signal);
    const [container] = found?.status.containerStatuses ?? [];
    const events = container?.state.waiting ? await podFailures(asked.namespace, api, context.signal) : [];
    return outlook(asked, found, container, events);
  });
  const facts = { milliseconds };
  if (end === "ready") return { ok: true, summary: why, facts };
  return {
    ok: false,
    summary: `Cannot go on as ${why}. No schema was changed for it; mend the image and repeat, or go back`,
    facts,
  };
}

function outlook(
  { pod, image }: PullSettings,
  found: Pod | undefined,
  container: ContainerStatus | undefined,
  events: readonly Event[],
): Outlook {
  if (!found) return { state: "waiting", why: `there is no pod ${pod}` };
  if (!container) return { state: "waiting", why: whyNowhere(found) };
  const failure = pullFailure(found, container, events);
  if (failure !== undefined) return { state: "failed", why: failure };
  const { waiting } = container.state;
  // The kubelet's last check before the start: the cluster does not allow the image's user, or a
  // right that it needs.
  if (waiting?.reason === "CreateContainerConfigError")
    return { state: "failed", why: `the cluster does not start ${image}: ${sentence(waiting)}` };
  if (!waiting || PULLED.has(waiting.reason ?? ""))
    return { state: "ready", why: `the cluster has ${image}` };
  return { state: "waiting", why: `pod ${pod} waits for ${image}` };
}

/** States that a container has only if its image is there, and its command is not. */
const PULLED = new Set(["RunContainerError", "CreateContainerError", "CrashLoopBackOff"]);

function whyNowhere({ metadata, status }: Pod): string {
  const scheduled = status.conditions.find(({ type }) => type === "PodScheduled");
  return scheduled?.status === "False"
    ? `pod ${metadata.name} cannot be scheduled: ${sentence(scheduled)}`
    : `pod ${metadata.name} is not on a node yet`;
}
