import { z } from "zod";
import { workloadLabels } from "../../protocol/labels.ts";
import { workloadName } from "../../protocol/names.ts";
import { WORKLOADS, type Weights, type Workload } from "../../release/workload.ts";

/** What decides who serves, as it stands in the cluster. */
export type FoundEntrance =
  | { readonly kind: "HTTPRoute"; readonly rules: readonly RouteRule[]; readonly writer: string | null }
  | {
      readonly kind: "Service";
      readonly selector: Readonly<Record<string, string>>;
      readonly writer: string | null;
    };

const backendRef = z.looseObject({ name: z.string(), weight: z.number().default(1) });
const rule = z.looseObject({ backendRefs: z.array(backendRef).default([]) });
type RouteRule = z.infer<typeof rule>;

const metadata = z.looseObject({
  managedFields: z
    .array(
      z.looseObject({
        manager: z.string().default("?"),
        time: z.string().default(""),
        fieldsV1: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default([]),
});

export const routeShape = z.object({
  metadata,
  spec: z.object({ rules: z.array(rule).default([]) }),
});
export const serviceShape = z.object({
  metadata,
  spec: z.object({ selector: z.record(z.string(), z.string()).default({}) }),
});

export const foundRoute = ({ metadata: meta, spec }: z.infer<typeof routeShape>): FoundEntrance => ({
  kind: "HTTPRoute",
  rules: spec.rules,
  writer: writerOf(meta, "f:rules"),
});

export const foundService = ({ metadata: meta, spec }: z.infer<typeof serviceShape>): FoundEntrance => ({
  kind: "Service",
  selector: spec.selector,
  writer: writerOf(meta, "f:selector"),
});

/** Who wrote a field of the spec last: the API server keeps the books. */
function writerOf({ managedFields }: z.infer<typeof metadata>, field: string): string | null {
  const owners = managedFields.filter(({ fieldsV1 }) => {
    const spec = fieldsV1["f:spec"];
    return typeof spec === "object" && spec !== null && field in spec;
  });
  return owners.sort((one, two) => (one.time < two.time ? 1 : -1))[0]?.manager ?? null;
}

/** Percent of public traffic by workload, as the entrance says now. */
export function weightsNow(entrance: FoundEntrance, app: string): Weights {
  if (entrance.kind === "Service") {
    const selected = WORKLOADS.find((workload) =>
      Object.entries(workloadLabels(app, workload)).every(([key, value]) => entrance.selector[key] === value),
    );
    return selected ? { [selected]: 100 } : {};
  }
  // The last rule is everybody's; those before it are for testers.
  const refs = entrance.rules.at(-1)?.backendRefs ?? [];
  const sum = refs.reduce((total, { weight }) => total + weight, 0);
  return Object.fromEntries(
    WORKLOADS.flatMap((workload) => {
      const ref = refs.find(({ name }) => name === workloadName(app, workload));
      return ref ? [[workload, sum === 0 ? 0 : Math.round((ref.weight / sum) * 100)]] : [];
    }),
  );
}

/** What to apply so that all public traffic goes to one workload; whoever else serves stays behind the entrance with no share. */
export function allTrafficTo(
  workload: Workload,
  entrance: FoundEntrance,
  app: string,
  namespace: string,
): object {
  const meta = { name: app, namespace };
  if (entrance.kind === "Service") {
    return {
      apiVersion: "v1",
      kind: "Service",
      metadata: meta,
      spec: { selector: workloadLabels(app, workload) },
    };
  }
  const last = entrance.rules.at(-1);
  const backendRefs = (last?.backendRefs ?? []).map(({ filters: _, ...ref }) => ({
    ...ref,
    weight: ref.name === workloadName(app, workload) ? 100 : 0,
  }));
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: meta,
    spec: { rules: [{ ...last, backendRefs }] },
  };
}
