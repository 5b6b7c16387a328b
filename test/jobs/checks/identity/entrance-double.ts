// A double of what a probe sees of an entrance: an API server with Services, pods and routes, and
// whoever answers there.
import { probe } from "../../../../jobs/checks/probe.ts";
import { apiAt, type ClusterApi } from "../../../../jobs/kubernetes/cluster-api.ts";
import type { ProbeSettings } from "../../../../protocol/jobs/probe-settings.ts";
import { answering, type Answer, type Answering } from "../../answering.ts";

export interface PodDouble {
  readonly name: string;
  readonly colour: string;
  isReady?: boolean;
  readonly more?: object;
}

export interface EntranceDouble {
  readonly api: ClusterApi;
  readonly pods: PodDouble[];
  /** The pods' names behind each Service. */
  readonly behind: Record<string, string[]>;
  /** Objects by name. */
  readonly routes: Record<string, object>;
  /** Whoever answers users. */
  readonly entrance: Answering;
  /** How often the Services were looked at. */
  looks: number;
  readonly close: () => Promise<void>;
}

export async function entranceDouble(answer: Answer): Promise<EntranceDouble> {
  const entrance = await answering(answer);
  const server = await answering(({ path }, response) => {
    const [resource = "", query = ""] = path.split("?");
    const [, key = "", value = ""] =
      /^([^=]+)=(.*)$/.exec(new URLSearchParams(query).get("labelSelector") ?? "") ?? [];
    const found = resource.endsWith("/pods")
      ? { items: double.pods.filter(({ colour }) => colour === value).map(podOf) }
      : resource.endsWith("/endpointslices") && key === "kubernetes.io/service-name"
        ? { items: [sliceOf(double, value)] }
        : double.routes[resource.split("/").at(-1) ?? ""];
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? { message: "not found" }));
  });
  const double: EntranceDouble = {
    api: apiAt(server.url, () => Promise.resolve("token")),
    pods: [
      { name: "green-1", colour: "green" },
      { name: "green-2", colour: "green" },
    ],
    behind: { shop: ["green-1", "green-2"] },
    routes: {},
    entrance,
    looks: 0,
    close: async () => {
      await server.close();
      await entrance.close();
    },
  };
  return double;
}

const podOf = ({ name, isReady = true, more = {} }: PodDouble) => ({
  metadata: { name, creationTimestamp: "2026-01-01T00:00:00Z" },
  status: { conditions: [{ type: "Ready", status: isReady ? "True" : "False" }], ...more },
});

function sliceOf(double: EntranceDouble, service: string): object {
  double.looks += 1;
  return {
    addressType: "IPv4",
    endpoints: (double.behind[service] ?? []).map((name) => ({
      addresses: ["10.0.0.1"],
      conditions: { ready: true },
      targetRef: { kind: "Pod", name },
    })),
  };
}

/** A route that a gateway has accepted. */
export const acceptedRoute = (name: string, generation = 1, observedGeneration = generation) => ({
  metadata: { name, generation },
  status: {
    parents: [
      {
        parentRef: { name: "public" },
        conditions: ["Accepted", "ResolvedRefs"].map((type) => ({
          type,
          status: "True",
          observedGeneration,
        })),
      },
    ],
  },
});

/** What a probe of the double is told: that green alone may get new connections. */
export const settingsOf = ({ entrance }: EntranceDouble, more: object = {}): ProbeSettings =>
  probe.settings.parse({
    url: entrance.url,
    path: "/version",
    identity: { by: "endpoints", because: null },
    allowed: ["green"],
    agreeing: 3,
    deadlineSeconds: 5,
    endpoints: {
      namespace: "live",
      services: [{ name: "shop", pods: { colour: "green" }, address: null }],
      routes: [],
    },
    ...more,
  });
