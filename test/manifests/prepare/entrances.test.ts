import { expect } from "chai";
import { entrances } from "../../../protocol/traffic/entrance.ts";
import { applicationOf, NEEDS, prepare, told, written } from "./shop.ts";
import { prepareVersion } from "../../../manifests/prepare/prepare-version.ts";

const route = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "public", labels: { team: "a" }, annotations: { external: "yes" } },
  spec: {
    parentRefs: [{ name: "gateway", namespace: "infra" }],
    rules: [{ backendRefs: [{ name: "shop", port: 80 }] }],
  },
};
const ports = [
  { name: "http", port: 80, targetPort: "http", nodePort: 30_080 },
  { name: "grpc", port: 9000, targetPort: 9000, protocol: "TCP", appProtocol: "kubernetes.io/h2c" },
];

describe("the ways in to a version", () => {
  it("are the routes first and then the Services, as they are written", () => {
    const service = { type: "LoadBalancer", externalTrafficPolicy: "Local", ports };
    const version = prepare({
      routes: [route],
      service,
      serviceMetadata: { annotations: { lb: "internal" } },
    });
    expect(version.objects.entrances.objects).to.deep.equal([
      {
        kind: "HTTPRoute",
        name: "public",
        labels: { team: "a" },
        annotations: { external: "yes" },
        spec: route.spec,
      },
      {
        kind: "Service",
        name: "shop",
        labels: {},
        annotations: { lb: "internal" },
        spec: { selector: { app: "shop" }, ...service },
      },
    ]);
  });

  it("are followed with all their ports, but for those of the nodes", () => {
    const [{ nodePort: _, ...http } = { nodePort: 0 }, grpc] = ports;
    expect(prepare({ service: { ports } }).objects.entrances.services).to.deep.equal([
      { name: "shop", ports: [http, grpc], selector: { app: "shop" }, isPublic: true },
    ]);
  });

  it("are as a record has them", () => {
    const given = prepare({ routes: [route], service: { ports } }).objects.entrances;
    expect(entrances.parse(given)).to.deep.equal(given);
  });

  it("lead to the port of the pods that the first one targets, by number, by name or not at all said", () => {
    const portOf = (port: object) => prepare({ service: { ports: [port, ...ports] } }).objects.web.port;
    expect(portOf({ port: 80, targetPort: "http" })).to.equal(3000);
    expect(portOf({ port: 80, targetPort: 4000 })).to.equal(4000);
    expect(portOf({ port: 5000 })).to.equal(5000);
  });

  it("lead to a port of a native sidecar where that is in front of the application", () => {
    const proxy = {
      name: "proxy",
      image: "p",
      restartPolicy: "Always",
      ports: [{ name: "proxied", containerPort: 15_000 }],
    };
    const service = { ports: [{ port: 80, targetPort: "proxied" }] };
    expect(prepare({ initContainers: [proxy], service }).objects.web.port).to.equal(15_000);
  });

  it("are refused where the first one targets a port that no container has", () => {
    const { refusals } = prepare({ service: { ports: [{ port: 80, targetPort: "web" }] } });
    expect(told(refusals)).to.deep.equal([
      'spec.ports.0.targetPort: Service/shop targets port "web", and no container of the pods has a port ' +
        "of that name. Name a port of the container so, or write its number",
    ]);
  });

  it("may have names that leave no room for a colour beside them", () => {
    const application = applicationOf();
    const [service] = application.services;
    const object = { ...service?.object, metadata: { name: "s".repeat(63) } };
    const { refusals, objects } = prepareVersion({ ...application, services: [written(object)] }, NEEDS);
    expect(told(refusals)).to.deep.equal([]);
    expect(objects.entrances.services.map(({ name }) => name)).to.deep.equal(["s".repeat(63)]);
  });
});
