import { z } from "zod";
import { GUARD_MANAGER } from "../../protocol/field-managers.ts";
import { routeRules } from "../../protocol/traffic/route-rules.ts";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import type { GuardSettings } from "./settings.ts";

/** Percent of public traffic by Service, and who wrote it. */
export interface Shares {
  readonly shares: Readonly<Record<string, number>>;
  readonly writtenBy: string;
}

const metadata = z.object({
  managedFields: z
    .array(
      z.object({
        manager: z.string().default("nobody known"),
        time: z.string().default(""),
        fieldsV1: z
          .looseObject({ "f:spec": z.record(z.string(), z.unknown()).default({}) })
          .default({ "f:spec": {} }),
      }),
    )
    .default([]),
});

const route = z.object({
  metadata,
  spec: z.object({
    rules: z.array(
      z.object({
        backendRefs: z.array(z.object({ name: z.string(), weight: z.number().default(1) })).default([]),
      }),
    ),
  }),
});

const service = z.object({
  metadata,
  spec: z.object({ selector: z.record(z.string(), z.string()).default({}) }),
});

/** What the traffic of the stage looks like. */
export function expectedShares({ watched, active, candidate }: GuardSettings): Record<string, number> {
  const weight = watched === "switch" ? 100 : watched;
  return { [active.service]: 100 - weight, [candidate.service]: weight };
}

export const sharesOfActive = ({ active, candidate }: GuardSettings): Record<string, number> => ({
  [active.service]: 100,
  [candidate.service]: 0,
});

export const isSame = (one: Shares["shares"], two: Shares["shares"]): boolean =>
  [...new Set([...Object.keys(one), ...Object.keys(two)])].every(
    (key) => (one[key] ?? 0) === (two[key] ?? 0),
  );

export const describeShares = (shares: Shares["shares"]): string =>
  Object.entries(shares)
    .filter(([, share]) => share > 0)
    .map(([name, share]) => `${name} ${share} %`)
    .join(", ") || "nobody";

/** The entrance as it stands; undefined where there is none. */
export async function readShares(
  settings: GuardSettings,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Shares | undefined> {
  const path = pathOf(settings);
  if (settings.entrance.mode === "service") {
    const found = await api.get(service, path, signal);
    if (!found) return undefined;
    const selected = [settings.active, settings.candidate].find(({ labels }) =>
      Object.entries(labels).every(([key, value]) => found.spec.selector[key] === value),
    );
    const shares = selected ? { [selected.service]: 100 } : {};
    return { shares, writtenBy: lastWriter(found.metadata, "f:selector") };
  }
  const found = await api.get(route, path, signal);
  if (!found) return undefined;
  // The last rule is everybody's; one before it is the testers', or of users who stay where they were sent first.
  const refs = found.spec.rules.at(-1)?.backendRefs ?? [];
  const shares = Object.fromEntries(refs.map(({ name, weight }) => [name, weight]));
  return { shares, writtenBy: lastWriter(found.metadata, "f:rules") };
}

/** What has to be known to write the entrance. */
export type Writing = Pick<GuardSettings, "namespace" | "services" | "entrance"> & {
  readonly active: Pick<GuardSettings["active"], "service" | "labels">;
};

/** Gives all traffic to the active colour: neither testers nor users who stayed reach the candidate any more. */
export async function giveAllBack(settings: Writing, api: ClusterApi, signal: AbortSignal): Promise<void> {
  const { namespace, active, services, entrance } = settings;
  const object = { metadata: { name: entrance.name, namespace } };
  if (entrance.mode === "service") {
    const written = { apiVersion: "v1", kind: "Service", ...object, spec: { selector: active.labels } };
    await api.apply(z.unknown(), pathOf(settings), written, GUARD_MANAGER, signal);
    return;
  }
  const backends = services.map((name) => ({ service: name, weight: name === active.service ? 100 : 0 }));
  const rules = routeRules({ backends, candidate: null, testers: null, cookie: null });
  const written = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    ...object,
    spec: { rules },
  };
  await api.apply(z.unknown(), pathOf(settings), written, GUARD_MANAGER, signal);
}

const pathOf = ({ namespace, entrance: { mode, name } }: Writing): string =>
  mode === "service"
    ? `/api/v1/namespaces/${namespace}/services/${name}`
    : `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}`;

/** Whoever wrote the field last, by the books of the API server. */
const lastWriter = ({ managedFields }: z.infer<typeof metadata>, field: string): string =>
  managedFields
    .filter(({ fieldsV1 }) => field in fieldsV1["f:spec"])
    .toSorted((one, two) => one.time.localeCompare(two.time))
    .at(-1)?.manager ?? "nobody known";
