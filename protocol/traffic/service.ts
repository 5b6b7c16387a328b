import { z } from "zod";
import { about } from "../config/key-notes.ts";
import { port, url } from "../config/value-types.ts";
import { serviceUrl, type ObjectKind } from "../kubernetes/object-kind.ts";
import { appLabel } from "../labels.ts";
import type { Followed } from "./entrance.ts";
import { readAndApply, type Routing, type TrafficBackend } from "./backend.ts";

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

const spec = z.object({ selector: z.record(z.string(), z.string()).default({}) });

/**
 * The public Service of an application: its selector says which version's pods get all new
 * connections.
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
  address: (_, object) => ({ url: serviceUrl(object) }),
  // The provider's own wait proves nothing, and costs ten seconds.
  annotations: { "pulumi.com/skipAwait": "true" },
  spec: ({ type, nodePort }, routing) => serviceSpec(chosenLabels(routing), { type, nodePort }),
  write: (routing) => ({ selector: chosenLabels(routing) }),
  field: "selector",
  read: (destinations) =>
    spec.transform(({ selector }) => {
      const selected = destinations.find(({ labels }) =>
        Object.entries(labels).every(([key, value]) => selector[key] === value),
      );
      return selected ? { [selected.service]: 100 } : {};
    }),
  rights: (name) => [readAndApply(object, name)],
} satisfies TrafficBackend<ServiceTraffic>;

/** The Service of an application that config describes itself. */
export const simpleService = (app: string): Omit<Followed, "isPublic"> => ({
  name: app,
  ports: [SIMPLE_PORT],
  selector: appLabel(app, "simple"),
});

const SIMPLE_PORT = { name: "http", port: 80, targetPort: "http", protocol: "TCP" };

/** The spec of a Service in front of the pods with these labels, on port 80. */
export const serviceSpec = (
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

/** @throws {RangeError} where nobody has all the traffic, as a selector cannot split it */
function chosenLabels({ destinations }: Routing): Readonly<Record<string, string>> {
  const chosen = destinations.find(({ weight }) => weight === 100);
  if (!chosen) throw new RangeError("Cannot write a Service's selector as no workload has all the traffic");
  return chosen.labels;
}
