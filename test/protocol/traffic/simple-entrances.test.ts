import { expect } from "chai";
import { trafficSchema } from "../../../protocol/traffic/backends.ts";
import { entrances } from "../../../protocol/traffic/entrance.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";

const app = { name: "shop" };
const ports = [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }];
const selector = { "app.kubernetes.io/name": "shop" };

describe("the entrances of the simple form", () => {
  it("are the public Service, as config wants it", () => {
    const made = simpleEntrances({
      app,
      traffic: trafficSchema.parse({ mode: "service", type: "NodePort", nodePort: 30_080 }),
    });
    expect(entrances.parse(made)).to.deep.equal(made);
    expect(made).to.deep.equal({
      objects: [
        {
          kind: "Service",
          name: "shop",
          labels: {},
          annotations: {},
          spec: { type: "NodePort", selector, ports: [{ ...ports[0], nodePort: 30_080 }] },
        },
      ],
      services: [{ name: "shop", ports, selector, isPublic: true }],
    });
  });

  it("are a route to a Service that nothing else leads to", () => {
    const made = simpleEntrances({
      app,
      traffic: trafficSchema.parse({
        mode: "gateway",
        gateway: { name: "public", namespace: "infra", listener: "https" },
        hostnames: ["shop.test"],
        clusterUrl: "http://gateway.infra.svc",
      }),
    });
    expect(entrances.parse(made)).to.deep.equal(made);
    const group = "gateway.networking.k8s.io";
    expect(made).to.deep.equal({
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
      services: [{ name: "shop", ports, selector, isPublic: false }],
    });
  });

  it("are known by the mode alone to whoever only moves traffic", () => {
    const { objects } = simpleEntrances({ app, traffic: { mode: "gateway" } });
    expect(objects[0]?.spec).to.have.all.keys("rules");
    expect(simpleEntrances({ app, traffic: { mode: "service" } }).objects[0]?.name).to.equal("shop");
  });
});
