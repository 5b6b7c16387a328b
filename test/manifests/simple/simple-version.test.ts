import { expect } from "chai";
import { simpleVersion } from "../../../manifests/simple/simple-version.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { entrances } from "../../../protocol/traffic/entrance.ts";

const config = (more: object) =>
  configSchema.parse({
    active: "blue",
    phase: "stable",
    strategy: "blue-green",
    namespace: "live",
    app: { name: "shop" },
    traffic: { mode: "service" },
    ...more,
  });

const versionOf = (more: object) => {
  const { app, traffic } = config(more);
  const slot = { colour: "blue", version: "1", image: "registry/shop@sha256:1" } as const;
  return simpleVersion({ app, traffic, slot, environment: [] });
};

const PODS = { "app.kubernetes.io/name": "shop" };
const PORTS = [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }];

describe("an application that config describes", () => {
  it("is reached by the Service of its name, of the type and at the node port that config says", () => {
    const traffic = { mode: "service", type: "NodePort", nodePort: 30_080 };
    expect(versionOf({ traffic }).entrances).to.deep.equal({
      objects: [
        {
          kind: "Service",
          name: "shop",
          labels: {},
          annotations: {},
          spec: { type: "NodePort", selector: PODS, ports: [{ ...PORTS[0], nodePort: 30_080 }] },
        },
      ],
      services: [{ name: "shop", ports: PORTS, selector: PODS, isPublic: true }],
    });
  });

  it("is reached at a gateway by the HTTPRoute of its name, and has no Service for the public", () => {
    const traffic = {
      mode: "gateway",
      gateway: { name: "public", namespace: "infra", listener: "https" },
      hostnames: ["shop.test"],
      clusterUrl: "http://gateway.infra.svc",
      candidateHeader: { name: "x-tester", value: "beta" },
    };
    const group = "gateway.networking.k8s.io";
    expect(versionOf({ traffic }).entrances).to.deep.equal({
      objects: [
        {
          kind: "HTTPRoute",
          name: "shop",
          labels: {},
          annotations: {},
          spec: {
            parentRefs: [
              { group, kind: "Gateway", name: "public", namespace: "infra", sectionName: "https" },
            ],
            hostnames: ["shop.test"],
            rules: [
              {
                matches: [{ path: { type: "PathPrefix", value: "/" } }],
                backendRefs: [{ group: "", kind: "Service", name: "shop", port: 80, weight: 1 }],
              },
            ],
          },
        },
      ],
      services: [{ name: "shop", ports: PORTS, selector: PODS, isPublic: false }],
    });
  });

  it("has entrances as every record of one has them", () => {
    for (const traffic of [
      { mode: "service" },
      { mode: "gateway", gateway: { name: "public", namespace: "infra" }, clusterUrl: "http://gateway" },
    ]) {
      const given = versionOf({ traffic }).entrances;
      expect(entrances.parse(given)).to.deep.equal(given);
    }
  });

  it("begins with as many pods as its autoscaler has at least", () => {
    const sizeOf = (app: object) => versionOf({ app: { name: "shop", ...app } }).web.replicas;
    expect(sizeOf({ replicas: 4 })).to.equal(4);
    expect(sizeOf({ replicas: 4, autoscale: { min: 3, max: 9 } })).to.equal(3);
  });
});
