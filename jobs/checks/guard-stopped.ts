import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import {
  guardStoppedSettings,
  type GuardStoppedSettings,
} from "../../protocol/jobs/guard-stopped-settings.ts";
import { clusterApi, type ClusterApi } from "../kubernetes/cluster-api.ts";
import { listOf } from "../kubernetes/cluster-objects.ts";
import { failedVerdict } from "../kubernetes/failed-verdict.ts";
import { podsPath } from "../kubernetes/pods-path.ts";
import type { Job, JobContext, Result } from "../job.ts";
import { NoAnswer } from "../http/request.ts";

const pod = z.object({ metadata: z.object({ name: z.string() }) });

const LOOK_MILLISECONDS = 250;

/** Waits until no guard is left that could still write traffic, and then reads its last verdict. */
export const guardStopped: Job<GuardStoppedSettings> = {
  settings: guardStoppedSettings,
  run: async (asked, context) => awaitGuardStopped(asked, context, await clusterApi()),
};

/** The job, on any API server. */
export async function awaitGuardStopped(
  asked: GuardStoppedSettings,
  context: JobContext,
  api: ClusterApi,
): Promise<Result> {
  const until = performance.now() + asked.deadlineSeconds * 1_000;
  let why = "";
  for (;;) {
    try {
      const left = await guardPods(asked, api, context.signal);
      if (left.length === 0) return await lastVerdict(asked, api, context.signal);
      why = `${left.join(", ")} still runs`;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      why = `the Kubernetes API does not answer: ${error.message}`;
    }
    if (performance.now() > until)
      return {
        ok: false,
        summary: `Cannot call the guard stopped as ${asked.deadlineSeconds} s have passed and ${why}. No traffic was moved and nothing parked; repeat`,
      };
    await pause(LOOK_MILLISECONDS, undefined, { signal: context.signal });
  }
}

async function guardPods({ namespace, labels }: GuardStoppedSettings, api: ClusterApi, signal: AbortSignal) {
  const pods = await api.get(listOf(pod), podsPath(namespace, labels), signal);
  return (pods?.items ?? []).map(({ metadata }) => metadata.name);
}

async function lastVerdict(
  asked: GuardStoppedSettings,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Result> {
  const failed = await failedVerdict(asked.namespace, asked, api, signal);
  return failed === null
    ? { ok: true, summary: "The guard has stopped, and the candidate has not failed" }
    : {
        ok: false,
        summary: `Cannot park the old version as ${failed}. Nothing was parked; go back to deploy`,
      };
}
