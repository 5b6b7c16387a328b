import { z } from "zod";
import { about } from "../config/key-notes.ts";
import { port, url } from "../config/value-types.ts";
import { httpPort } from "../identity/check-url.ts";
import { serviceUrl, type ObjectKind } from "../kubernetes/object-kind.ts";
import { NOT_AWAITED } from "../kubernetes/object-metadata.ts";
import { appLabel, ofWorkload, workloadLabelled } from "../labels.ts";
import type { Workload } from "../../release/workload.ts";
import { workloadsIn, type Routing, type TrafficBackend } from "./backend.ts";
import type { Entrance, Followed } from "./entrance.ts";

const object: ObjectKind = { kind: "Service", group: "", version: "v1", resource: "services" };

const config = z.strictObject({
  mode: z.literal("service").meta(about("A Service: one version gets all new connections.", "service")),
  type: z
    .enum(["ClusterIP", "NodePort", "LoadBalancer"])
    .default("ClusterIP")
    .meta(about("Type of the Service.", "NodePort")),
  nodePort: port
    .optional()
    .meta(
      about("Port of the nodes; needs type `NodePort`.", 30_080, { otherwise: "the cluster chooses one" }),
    ),
  publicUrl: url.optional().meta(
    about("Address for people, shown as a stack output.", "https://shop.example.com", {
      otherwise: "the Service's address in the cluster",
    }),
  ),
});
type ServiceTraffic = z.infer<typeof config>;

const found = z.object({ selector: z.record(z.string(), z.string()).default({}) });

/**
 * A Service in front of web pods: its selector says which version's get all new connections.
 */
export const service = {
  object,
  title: "a Service",
  can: { weights: false, stickyCookie: false, testerHeader: false },
  config,
  problems: ({ type, nodePort }) =>
    nodePort !== undefined && type !== "NodePort"
      ? [{ key: "nodePort", rule: "needs traffic.type NodePort", value: nodePort }]
      : [],
  simple: (app, { type, nodePort }) => {
    const { selector, ...simple } = simpleService(app);
    const spec = serviceSpec(selector, { type, nodePort });
    return {
      objects: [{ kind: "Service", name: app, labels: {}, annotations: {}, spec }],
      services: [{ ...simple, selector, isPublic: true }],
    };
  },
  address: (_, namespace, { services: [first] }) => {
    if (!first) throw new RangeError("Cannot address the public as no Service follows the traffic");
    return { url: serviceUrl({ namespace, name: first.name }, httpPort(first.ports)?.port) };
  },
  annotations: NOT_AWAITED,
  spec: ({ spec }, _, routing) => ({ ...spec, selector: chosenPods(spec, routing) }),
  write: ({ spec }, _, routing) => ({ selector: chosenPods(spec, routing) }),
  field: "selector",
  read: ({ spec }) =>
    found.transform(({ selector }) => {
      const isOurs = Object.entries(selectorIn(spec)).every(([key, value]) => selector[key] === value);
      const workload = isOurs ? workloadLabelled(selector) : undefined;
      return { weights: workload ? { [workload]: 100 } : {}, others: [] };
    }),
  gives: (routing) => ({ [chosenOne(routing)]: 100 }),
} satisfies TrafficBackend<ServiceTraffic>;

/** A selector is atomic: whoever writes one label of it writes all. */
const chosenPods = (spec: Entrance["spec"], routing: Routing) =>
  ofWorkload(selectorIn(spec), chosenOne(routing));

const selectorIn = (spec: Entrance["spec"]) => found.parse(spec).selector;

/**
 * Who gets everything, as a selector cannot split it: in a canary, the one who is no candidate.
 *
 * @throws {RangeError} where that is not one alone
 */
function chosenOne({ weights, candidate }: Routing): Workload {
  const chosen = workloadsIn({ weights }).filter(
    (workload) => weights[workload] === 100 || (candidate !== null && (weights[workload] ?? 0) > 0),
  );
  const [one, ...others] = chosen.length > 1 ? chosen.filter((workload) => workload !== candidate) : chosen;
  if (one && others.length === 0) return one;
  throw new RangeError("Cannot write a Service's selector as no workload has all the traffic");
}

/** The Service of an application that config describes itself. */
export const simpleService = (app: string): Omit<Followed, "isPublic"> => ({
  name: app,
  ports: [SIMPLE_PORT],
  selector: appLabel(app, "simple"),
});

const SIMPLE_PORT = { name: "http", port: 80, targetPort: "http", protocol: "TCP" };

/** The spec of a Service in front of the pods with these labels, on port 80. */
const serviceSpec = (
  selector: Readonly<Record<string, string>>,
  options: {
    readonly type?: ServiceTraffic["type"] | undefined;
    readonly nodePort?: number | undefined;
  } = {},
) => ({
  type: options.type ?? "ClusterIP",
  selector,
  ports: [{ ...SIMPLE_PORT, ...(options.nodePort === undefined ? {} : { nodePort: options.nodePort }) }],
});
