import { z } from "zod";
import { about } from "../config/key-notes.ts";
import { url } from "../config/value-types.ts";
import type { DeepReadonly } from "../deep-readonly.ts";
import type { ObjectKind } from "../kubernetes/object-kind.ts";
import { simpleService } from "./service.ts";
import { readAndApply, type Routing, type TrafficBackend } from "./backend.ts";
import { EVERYTHING, reference, routeRules, type Testers } from "./route-rules.ts";

const GROUP = "gateway.networking.k8s.io";

const object: ObjectKind = { kind: "HTTPRoute", group: GROUP, version: "v1", resource: "httproutes" };

const config = z.strictObject({
  mode: z
    .literal("gateway")
    .meta(about("A Gateway of the Gateway API: requests are distributed by weight.", "gateway")),
  gateway: z
    .strictObject({
      name: z.string().meta(about("Name of the Gateway.", "public")),
      namespace: z.string().meta(about("Its namespace.", "infra")),
      listener: z
        .string()
        .optional()
        .meta(about("Its listener.", "https", { otherwise: "all that accept the route" })),
    })
    .meta({ description: "The existing Gateway." }),
  hostnames: z
    .array(z.string())
    .default([])
    .meta(about("Host names of the users' requests; none: all.", ["shop.example.com"])),
  clusterUrl: url.meta(
    about(
      "Address of the Gateway, as pods of the cluster reach it; the probe asks there.",
      "http://gateway.infra.svc",
    ),
  ),
  publicUrl: url.optional().meta(
    about("Address for people, shown as a stack output.", "https://shop.example.com", {
      otherwise: "`clusterUrl`",
    }),
  ),
  candidateHeader: z
    .strictObject({
      name: z.string().meta(about("Name of the header.", "x-tester")),
      value: z.string().meta(about("Its value.", "beta")),
    })
    .optional()
    .meta({
      description: "Header by which testers reach the candidate in `canary`, whatever its weight.",
      otherwise: "nobody does",
    }),
});
type GatewayTraffic = z.infer<typeof config>;

/** A reference without a weight has 1, the Gateway API's default. */
const backendRef = z.object({ name: z.string(), weight: z.number().default(1) });
const spec = z.object({
  rules: z.array(z.object({ backendRefs: z.array(backendRef).default([]) })).default([]),
});

/** An HTTPRoute of the Gateway API, which distributes requests by weight. */
export const gatewayApi = {
  object,
  title: "a Gateway of the Gateway API",
  can: { weights: true, stickyCookie: true, testerHeader: true },
  config,
  problems: () => [],
  simple: (app, { gateway, hostnames = [] }) => ({
    objects: [
      {
        kind: "HTTPRoute",
        name: app,
        labels: {},
        annotations: {},
        spec: {
          ...(gateway ? { parentRefs: [parentRef(gateway)] } : {}),
          ...(hostnames.length > 0 ? { hostnames: [...hostnames] } : {}),
          rules: [{ matches: [EVERYTHING], backendRefs: [reference({ service: app, weight: 1 })] }],
        },
      },
    ],
    // Only the route leads to its pods.
    services: [{ ...simpleService(app), isPublic: false }],
  }),
  address: ({ clusterUrl, hostnames: [host] }) => ({ url: clusterUrl, ...(host ? { host } : {}) }),
  annotations: {},
  spec: (traffic, routing) => ({
    parentRefs: [parentRef(traffic.gateway)],
    ...(traffic.hostnames.length > 0 ? { hostnames: traffic.hostnames } : {}),
    rules: rules(routing, traffic.candidateHeader ?? null),
  }),
  write: (routing) => ({ rules: rules(routing, null) }),
  field: "rules",
  // The last rule is for everybody; those before it are for testers and for users who stay.
  read: () =>
    spec.transform(({ rules: found }) =>
      (found.at(-1)?.backendRefs ?? []).reduce<Record<string, number>>(
        (shares, { name, weight }) => ({ ...shares, [name]: (shares[name] ?? 0) + weight }),
        {},
      ),
    ),
  rights: (name) => [readAndApply(object, name)],
} satisfies TrafficBackend<GatewayTraffic>;

const parentRef = ({ name, namespace, listener }: DeepReadonly<GatewayTraffic["gateway"]>) => ({
  group: GROUP,
  kind: "Gateway",
  name,
  namespace,
  ...(listener === undefined ? {} : { sectionName: listener }),
});

const rules = ({ destinations, candidate, cookie }: Routing, testers: Testers | null) =>
  routeRules({
    backends: destinations.map(({ service, weight }) => ({ service, weight })),
    candidate,
    testers,
    cookie,
  });
