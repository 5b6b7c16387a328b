import { z } from "zod";
import { goneSettings, type GoneSettings } from "../../protocol/jobs/guard-stopped-settings.ts";
import { COLOUR_VARIABLE } from "../../protocol/names.ts";
import { clusterApi, type ClusterApi } from "../kubernetes/cluster-api.ts";
import { listOf } from "../kubernetes/cluster-objects.ts";
import { podsPath } from "../kubernetes/pods-path.ts";
import { awaitOutlook, type Outlook } from "../kubernetes/poll.ts";
import type { Job, JobContext, Result } from "../job.ts";

const pod = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({
    nodeName: z.string().optional(),
    containers: z.array(
      z.object({
        env: z.array(z.object({ name: z.string(), value: z.string().optional() })).nullish(),
      }),
    ),
  }),
  status: z.object({ phase: z.string().optional() }).default({}),
});
type Pod = z.infer<typeof pod>;

/** Pods that have ended stay in the list until somebody collects them. */
const ENDED: readonly (string | undefined)[] = ["Succeeded", "Failed"];

/**
 * Waits until a version has no pod left: where both versions have one login, nothing in the
 * database says whether it still writes.
 */
export const gone: Job<GoneSettings> = {
  settings: goneSettings,
  run: async (asked, context) => awaitGone(asked, context, await clusterApi()),
};

/** The job, on any API server. */
export async function awaitGone(asked: GoneSettings, context: JobContext, api: ClusterApi): Promise<Result> {
  const { end, why, milliseconds } = await awaitOutlook(asked.deadlineSeconds, context, async () =>
    outlook(asked, await podsLeft(asked, api, context.signal)),
  );
  const facts = { milliseconds };
  if (end === "ready") return { ok: true, summary: why, facts };
  return {
    ok: false,
    summary: `Cannot go on as ${asked.version} must have no pod left, which could still write: ${why}. Nothing was dropped; see what keeps it (kubectl describe pod), then repeat the stage`,
    facts,
  };
}

function outlook({ version }: GoneSettings, left: readonly Pod[]): Outlook {
  if (left.length === 0) return { state: "ready", why: `No pod of ${version} is left` };
  const named = left.map(({ metadata: { name, deletionTimestamp }, spec: { nodeName } }) => {
    const node = nodeName === undefined ? "" : ` on node ${nodeName}`;
    const ending =
      deletionTimestamp === undefined ? "was not told to end" : `was to end by ${deletionTimestamp}`;
    return `${name}${node} ${ending}`;
  });
  return { state: "waiting", why: `${left.length} still there: ${named.slice(0, 5).join("; ")}` };
}

async function podsLeft(
  { namespace, labels, colour }: GoneSettings,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const pods = (await api.get(listOf(pod), podsPath(namespace, labels), signal))?.items ?? [];
  return pods.filter(
    (each) => !ENDED.includes(each.status.phase) && (colour === null || colourOf(each) === colour),
  );
}

/** What the program tells a pod's containers; injected ones know nothing of it. */
const colourOf = ({ spec: { containers } }: Pod): string | undefined =>
  containers.flatMap(({ env }) => env ?? []).find(({ name }) => name === COLOUR_VARIABLE)?.value;
