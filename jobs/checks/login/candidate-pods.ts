import { z } from "zod";
import { RELEASED_PODS } from "../../../protocol/labels.ts";
import type { LoggedInSettings } from "../../../protocol/jobs/logged-in-settings.ts";
import type { TimedClusterApi } from "../../kubernetes/cluster-api.ts";
import { listOf } from "../../kubernetes/cluster-objects.ts";

const pod = z.object({
  metadata: z.object({
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  status: z.object({ podIPs: z.array(z.object({ ip: z.string().default("") })).nullish() }).default({}),
});
type Pod = z.infer<typeof pod>;

/** The pods that a login is to be seen of. */
export interface CandidatePods {
  readonly addresses: readonly string[];
  /** Addresses of other pods of releases in the namespace, those that are ending among them. */
  readonly foreign: readonly string[];
  /** When the first of them was made, on the scale of `performance.now()`. */
  readonly begun: number;
}

/** The candidate's pods as they are now; null where there is none. */
export async function candidatePods(
  { namespace, labels }: LoggedInSettings,
  api: TimedClusterApi,
  signal: AbortSignal,
): Promise<CandidatePods | null> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(RELEASED_PODS)}`;
  const released = (await api.get(listOf(pod), path, signal))?.items ?? [];
  const now = api.answeredAt() ?? Date.now();
  const isCandidate = ({ metadata }: Pod) =>
    metadata.deletionTimestamp === undefined &&
    Object.entries(labels).every(([key, value]) => metadata.labels[key] === value);
  const own = released.filter(isCandidate);
  if (own.length === 0) return null;
  const addresses = own.flatMap(addressesOf);
  const made = own.map(({ metadata }) => Date.parse(metadata.creationTimestamp));
  return {
    addresses,
    // Pods on the network of their node share its address.
    foreign: released.flatMap(addressesOf).filter((address) => !addresses.includes(address)),
    begun: performance.now() - (now - Math.min(...made)),
  };
}

const addressesOf = ({ status }: Pod): string[] => (status.podIPs ?? []).map(({ ip }) => ip);
