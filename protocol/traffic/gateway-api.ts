import { z } from "zod";
import { about } from "../config/key-notes.ts";
import { url } from "../config/value-types.ts";
import type { DeepReadonly } from "../deep-readonly.ts";
import type { ObjectKind } from "../kubernetes/object-kind.ts";
import type { TrafficBackend } from "./backend.ts";
import type { Entrances } from "./entrance.ts";
import { trafficByRules } from "./route-reading.ts";
import { routeRules } from "./route-rules.ts";
import { EVERYTHING, GATEWAY_GROUP, routeSpec } from "./route-shape.ts";
import { simpleService } from "./service.ts";

const object: ObjectKind = {
  kind: "HTTPRoute",
  group: GATEWAY_GROUP,
  version: "v1",
  resource: "httproutes",
};

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
    .optional()
    .meta({
      description: "The existing Gateway. With `manifests` it stands in the HTTPRoute.",
      otherwise: "must be set without `manifests`",
    }),
  hostnames: z
    .array(z.string())
    .default([])
    .meta(
      about(
        "Host names of the users' requests; none: all. With `manifests` they stand in the HTTPRoute, and the first one here is for the probe.",
        ["shop.example.com"],
      ),
    ),
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

/** An HTTPRoute of the Gateway API, which distributes requests by weight. */
export const gatewayApi = {
  object,
  title: "a Gateway of the Gateway API",
  can: { weights: true, stickyCookie: true, testerHeader: true },
  config,
  problems: ({ gateway }, hasManifests) =>
    gateway === undefined && !hasManifests
      ? [{ key: "gateway", rule: "must name the Gateway, unless manifests have the route", value: undefined }]
      : [],
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
          rules: [
            {
              matches: [EVERYTHING],
              backendRefs: [{ group: "", kind: "Service", name: app, port: 80, weight: 1 }],
            },
          ],
        },
      },
    ],
    // Only the route leads to its pods.
    services: [{ ...simpleService(app), isPublic: false }],
  }),
  address: ({ clusterUrl, hostnames: [host] }, _, { objects }) => {
    const asked = host ?? hostIn(objects);
    return { url: clusterUrl, ...(asked === undefined ? {} : { host: asked }) };
  },
  annotations: {},
  spec: (entrance, services, routing) => {
    const spec = routeSpec.parse(entrance.spec);
    return { ...spec, rules: routeRules(spec.rules, services, routing) };
  },
  write: (entrance, services, routing) => ({
    rules: routeRules(routeSpec.parse(entrance.spec).rules, services, routing),
  }),
  field: "rules",
  read: (entrance, services) => {
    const { rules: given } = routeSpec.parse(entrance.spec);
    return routeSpec.transform(({ rules }) => trafficByRules(rules, given, services));
  },
  gives: ({ weights }) => weights,
} satisfies TrafficBackend<GatewayTraffic>;

const parentRef = ({ name, namespace, listener }: DeepReadonly<NonNullable<GatewayTraffic["gateway"]>>) => ({
  group: GATEWAY_GROUP,
  kind: "Gateway",
  name,
  namespace,
  ...(listener === undefined ? {} : { sectionName: listener }),
});

/** A host that the routes are for; of a wildcard, one of its hosts. */
export function hostIn(objects: Entrances["objects"]): string | undefined {
  const hosts = objects
    .filter(({ kind }) => kind === object.kind)
    .flatMap(({ spec }) => routeSpec.parse(spec).hostnames ?? []);
  const exact = hosts.find((host) => !host.startsWith("*."));
  return exact ?? hosts[0]?.replace("*", "zero-downtime");
}
