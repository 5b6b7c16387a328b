import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { JOBS_FORMAT } from "../../components/config/jobs-format.ts";
import { Guard, VerdictObject } from "../../components/guard.ts";
import type { Cluster } from "../../components/cluster.ts";
import { simpleVersionOf } from "../../components/versions/simple-version-of.ts";
import { configSchema } from "../../protocol/config/config-schema.ts";
import type { Entrances } from "../../protocol/traffic/entrance.ts";
import { movableParts } from "../../protocol/traffic/live-traffic.ts";
import { simpleEntrances } from "../../protocol/traffic/simple-entrances.ts";
import type { WebPods } from "../../manifests/version-objects.ts";
import { guardSettings } from "../../protocol/jobs/guard-settings.ts";
import type { Slot } from "../../release/release.ts";
import type { Watched } from "../../release/verdict.ts";

/** An object of the cluster as the engine was asked to make it. */
interface Made {
  readonly type: string;
  readonly inputs: Record<string, unknown>;
}

const slot = (colour: "blue" | "green"): Slot => ({
  colour,
  version: colour === "blue" ? "1.0.0" : "2.0.0",
  image: `registry/shop@sha256:${colour}`,
  schema: null,
});

const config = (mode: "gateway" | "service", more: object = {}) =>
  configSchema.parse({
    active: "blue",
    phase: "canary",
    strategy: "canary",
    namespace: "shop",
    app: { name: "shop", replicas: 3, port: 3000 },
    traffic:
      mode === "service"
        ? { mode }
        : { mode, gateway: { name: "public", namespace: "infra" }, clusterUrl: "http://gateway.infra.svc" },
    canary: { pass: { weight: 5, reason: "it was seen by day" }, metrics: { everySeconds: 5 }, ...more },
    jobs: { repository: "registry/jobs" },
  });

/** The application has a database, whether the guard looks at it or not. */
const DATABASE = {
  place: [{ name: "PGHOST", value: "db" }],
  password: (login: string, name: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: `shop-database-${login}`, key: "password" } },
  }),
  roles: {
    owner: "shop_owner",
    migrator: "shop_migrator",
    app: "shop_app",
    logins: { blue: "shop_blue", green: "shop_green" },
  },
};

describe("Guard", () => {
  const made: Made[] = [];

  async function make(
    mode: "gateway" | "service",
    watched: Watched | null,
    canary: object = {},
    ways?: { readonly now: Entrances; readonly before: Entrances },
    web: (one: Slot) => Partial<WebPods> = () => ({}),
  ) {
    made.length = 0;
    await pulumi.runtime.setMocks({
      newResource: ({ type, name, inputs }) => {
        made.push({ type, inputs: inputs as Made["inputs"] });
        return { id: name, state: inputs as Made["inputs"] };
      },
      call: () => ({}),
    });
    const provider = undefined as unknown as Cluster["provider"];
    const cluster: Cluster = { provider, namespace: "shop", app: "shop" };
    const number = 42;
    new VerdictObject("verdict", { cluster, number }, {});
    const weights = { blue: 95, green: 5 };
    const slots = { from: slot("blue"), to: slot("green") };
    new Guard(
      "guard",
      {
        cluster,
        config: config(mode, canary),
        image: "jobs@sha256:1",
        number,
        format: JOBS_FORMAT,
        weights,
        entrances: ways?.now ?? simpleEntrances(config(mode, canary)),
        replicas: 3,
        versionOf: (one) => {
          const version = simpleVersionOf(config(mode, canary), one);
          const entrances = ways?.before ?? version.entrances;
          return { ...version, entrances, web: { ...version.web, ...web(one) } };
        },
        watched,
        database: DATABASE,
        digest: "0123456789abcdef",
        ...slots,
      },
      {},
    );
    await pulumi.runtime.disconnect();
  }

  const of = (type: string) => made.find((each) => each.type === type)?.inputs ?? {};
  const deployment = () =>
    of("kubernetes:apps/v1:Deployment") as {
      spec: {
        replicas: number;
        template: { spec: { containers: [{ env: { name: string; value: string }[] }] } };
      };
    };
  const settings = () => {
    const [container] = deployment().spec.template.spec.containers;
    const text = container.env.find(({ name }) => name === "ZERO_DOWNTIME_SETTINGS")?.value ?? "";
    return guardSettings.parse(JSON.parse(text));
  };

  it("is told what to watch, by settings that it understands", async () => {
    await make("gateway", 5);
    expect(deployment().spec.replicas).to.equal(1);
    expect(deployment().spec.template.spec).to.include({
      serviceAccountName: "shop-guard",
      automountServiceAccountToken: true,
    });
    expect(settings()).to.deep.include({
      namespace: "shop",
      number: 42,
      watched: 5,
      replicas: 3,
      workloads: ["blue", "green"],
      entrances: movableParts(simpleEntrances(config("gateway"))),
      back: null,
      verdict: "shop-verdict",
      allowed: { weight: 5, reason: "it was seen by day" },
      everySeconds: 5,
    });
    const { active, candidate } = settings();
    expect([active.image, candidate.image, candidate.digest]).to.deep.equal([
      slot("blue").image,
      slot("green").image,
      "0123456789abcdef",
    ]);
    expect(settings().metrics).to.include({ port: 3000, path: "/metrics", prometheus: null });
  });

  it("reads metrics where the pods say that they are, of either version, unless config says where", async () => {
    const web = ({ colour }: Slot): Partial<WebPods> => ({
      container: "shop",
      metrics: colour === "green" ? { port: 9797, path: "/prometheus" } : null,
    });
    await make("gateway", 5, {}, undefined, web);
    expect(settings().metrics).to.include({ port: 9797, path: "/prometheus", container: "shop" });
    expect(settings().active.pages).to.deep.equal({ port: 3000, path: "/metrics", container: "shop" });
    await make("gateway", 5, { metrics: { port: 9100, path: "/m" } }, undefined, web);
    expect(settings().metrics).to.include({ port: 9100, path: "/m" });
    expect(settings().active).not.to.have.property("pages");
  });

  it("has no pod where it is told to end", async () => {
    await make("gateway", null);
    expect(deployment().spec.replicas).to.equal(0);
  });

  it("may look at pods, and read and write the verdict and the entrance by name, and nothing else", async () => {
    for (const [mode, group, resource] of [
      ["gateway", "gateway.networking.k8s.io", "httproutes"],
      ["service", "", "services"],
    ] as const) {
      await make(mode, "switch");
      expect(of("kubernetes:rbac.authorization.k8s.io/v1:Role")["rules"]).to.deep.equal([
        { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
        {
          apiGroups: [""],
          resources: ["configmaps"],
          resourceNames: ["shop-verdict"],
          verbs: ["get", "patch", "create"],
        },
        { apiGroups: [group], resources: [resource], resourceNames: ["shop"], verbs: ["get", "patch"] },
      ]);
      expect(made.filter(({ type }) => /ClusterRole/.test(type))).to.deep.equal([]);
    }
  });

  it("knows every way in, and may write those of both versions, to give the traffic back as the old one has them", async () => {
    const { objects, services } = simpleEntrances(config("gateway"));
    const [route] = objects;
    const [service] = simpleEntrances(config("service")).objects;
    if (!route || !service) throw new Error("there is an entrance");
    const before = { objects: [route, service], services };
    const admin = { ...route, name: "admin" };
    const moved = { ...route, annotations: { note: "ours" }, spec: { ...route.spec, rules: [] } };
    const now = { objects: [moved, admin, service], services };
    await make("gateway", "switch", {}, { now, before });
    expect(settings().entrances).to.deep.equal(movableParts(now));
    expect(settings().back).to.deep.equal(movableParts({ objects: [route, admin, service], services }));
    const rules = of("kubernetes:rbac.authorization.k8s.io/v1:Role")["rules"] as {
      resourceNames?: string[];
    }[];
    expect(rules.map(({ resourceNames }) => resourceNames?.join())).to.deep.equal([
      undefined,
      "shop-verdict",
      "shop,admin",
      "shop",
    ]);
  });

  it("holds no database password unless it watches sessions, and then the colours' from their Secrets", async () => {
    const variables = () => deployment().spec.template.spec.containers[0].env.slice(2);
    await make("gateway", 5);
    expect(settings().database).to.equal(null);
    expect(variables()).to.deep.equal([]);
    await make("gateway", 5, { database: {} });
    expect(settings().database).to.deep.equal({
      slowSeconds: 1,
      logins: { active: "shop_blue", candidate: "shop_green" },
    });
    expect(variables()).to.deep.equal([
      { name: "PGHOST", value: "db" },
      DATABASE.password("blue", "DATABASE_PASSWORD_ACTIVE"),
      DATABASE.password("green", "DATABASE_PASSWORD_CANDIDATE"),
    ]);
  });

  it("keeps its verdict in an object that the program gives no content", async () => {
    await make("gateway", 5);
    expect(of("kubernetes:core/v1:ConfigMap")).to.not.have.any.keys("data", "binaryData");
  });
});
