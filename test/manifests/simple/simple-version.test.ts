import { expect } from "chai";
import { simpleVersion } from "../../../manifests/simple/simple-version.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";

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

describe("an application that config describes", () => {
  it("is reached as config says of traffic", () => {
    for (const traffic of [
      { mode: "service" },
      { mode: "service", type: "NodePort", nodePort: 30_080 },
      { mode: "gateway", gateway: { name: "public", namespace: "infra" }, clusterUrl: "http://gateway" },
      {
        mode: "gateway",
        gateway: { name: "public", namespace: "infra", listener: "https" },
        hostnames: ["shop.test"],
        clusterUrl: "http://gateway.infra.svc",
        candidateHeader: { name: "x-tester", value: "beta" },
      },
    ]) {
      const { entrances } = versionOf({ traffic });
      expect(entrances).to.deep.equal(simpleEntrances(config({ traffic })));
      const [service] = entrances.services;
      expect(service).to.include({ name: "shop", isPublic: traffic.mode === "service" });
    }
  });

  it("begins with as many pods as its autoscaler has at least", () => {
    const sizeOf = (app: object) => versionOf({ app: { name: "shop", ...app } }).web.replicas;
    expect(sizeOf({ replicas: 4 })).to.equal(4);
    expect(sizeOf({ replicas: 4, autoscale: { min: 3, max: 9 } })).to.equal(3);
  });
});
