import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { checkOf } from "../../../components/stage/check.ts";
import type { StageContext } from "../../../components/stage/stage-context.ts";
import { templateDigest } from "../../../manifests/render/deployment.ts";
import type { VersionObjects } from "../../../manifests/version-objects.ts";
import { configSchema, type Config } from "../../../protocol/config/config-schema.ts";
import type { Entrances, Followed } from "../../../protocol/traffic/entrance.ts";
import type { CheckStep } from "../../../release/tasks.ts";
import { activeSlot, type Release, type Slot } from "../../../release/release.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { contextOf } from "./jobs-of-stage.ts";

type Identity = Config["app"]["identity"];

const places = allPlaces(stable("canary", true));
const placeOf = (phase: string): Release => {
  const found = places.find((release) => release.phase === phase);
  if (!found) throw new RangeError(`Cannot test without ${phase}`);
  return found;
};
const before = (release: Release) => places[places.indexOf(release) - 1] ?? null;

interface Asked {
  readonly identity?: Identity;
  readonly mode?: "gateway" | "service";
  /** Why the routes can have no rule for the probe yet. */
  readonly untried?: string;
  readonly entrances?: Entrances;
  readonly format?: number;
}

/** What a stage is made with where config, and what the version consists of, are these. */
function contextIn(phase: string, asked: Asked): StageContext {
  const release = placeOf(phase);
  const origin = before(release);
  const context = contextOf(release, origin && { release: origin, tested: {} }, asked.format ?? 4);
  const { config } = context;
  const app = configSchema.shape.app.parse({
    name: "shop",
    ...(asked.identity ? { identity: asked.identity } : {}),
  });
  const traffic =
    asked.mode === "service" ? { mode: "service" as const, type: "ClusterIP" as const } : config.traffic;
  const versionOf = (slot: Slot): VersionObjects => ({
    ...context.versionOf(slot),
    ...(asked.entrances ? { entrances: asked.entrances } : {}),
  });
  return {
    ...context,
    config: { ...config, app, traffic },
    versionOf,
    untried: asked.untried ?? null,
    idleSince: 1_767_225_605_000,
  };
}

/** The settings of a check of a stage. */
function settingsOf<Do extends "probe" | "smoke" | "ready">(phase: string, what: Do, asked: Asked) {
  const context = contextIn(phase, asked);
  const step = context.plan.steps.find((one) => one.do === what) as CheckStep | undefined;
  if (!step) throw new RangeError(`Cannot test a stage without ${what}`);
  const check = checkOf(context, step);
  return { ...check, settings: JSON.parse(JSON.stringify(check.settings)) as Record<string, unknown> };
}

const http: Followed = {
  name: "shop",
  ports: [
    { name: "grpc", port: 9999, targetPort: "grpc" },
    { name: "http", port: 9898, targetPort: "http" },
  ],
  selector: { app: "shop" },
  isPublic: true,
};
const admin: Followed = { ...http, name: "shop-admin", ports: [{ port: 8081 }] };

const entrancesOf = (
  kind: "HTTPRoute" | "Service",
  spec: Entrances["objects"][number]["spec"] = {},
): Entrances => ({
  objects: [{ kind, name: kind === "HTTPRoute" ? "web" : "shop", labels: {}, annotations: {}, spec }],
  services: [http, admin],
});

const green = { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "green" };
const blue = { ...green, "zero-downtime/workload": "blue" };

describe("what the probe is handed", () => {
  it("is the header of the answers where config says nothing, and needs no rights", () => {
    const { settings, asksCluster, deadlineSeconds } = settingsOf("retire", "probe", {});
    expect(settings).to.deep.equal({
      url: "http://gateway.infra.svc",
      host: "shop.example.com",
      path: "/version",
      identity: { by: "header", header: "x-colour" },
      allowed: ["green"],
      agreeing: 20,
      deadlineSeconds: 120,
    });
    expect(asksCluster).to.equal(false);
    expect(deadlineSeconds).to.equal(120);
  });

  it("is that header to an image that knows nothing else, which is asked nothing else", () => {
    const { settings } = settingsOf("retire", "probe", { format: 3 });
    expect(settings).to.include({ header: "x-colour" });
    expect(settings).not.to.have.property("identity");
    expect(() => settingsOf("retire", "probe", { identity: "endpoints", format: 3 })).to.throw(
      RangeError,
      /of format 3, knows a header alone/,
    );
  });

  it("is the JSON with the colour of each version", () => {
    const { settings } = settingsOf("canary", "probe", { identity: { path: "/v", json: "build.version" } });
    expect(settings).to.deep.include({
      path: "/v",
      identity: { by: "json", key: "build.version", versions: { "1.0.0": "blue", "2.0.0": "green" } },
      allowed: ["blue", "green"],
    });
  });

  it("is, by a Service, where every Service has to lead, and who is waited for", () => {
    const { settings, asksCluster, deadlineSeconds } = settingsOf("retire", "probe", {
      identity: "endpoints",
      mode: "service",
      entrances: entrancesOf("Service"),
    });
    expect(settings).to.deep.include({
      identity: { by: "endpoints", because: null },
      allowed: ["green"],
      direct: "http://shop-green.shop.svc:9898",
      endpoints: {
        namespace: "shop",
        services: [
          { name: "shop", pods: green, address: { host: "shop.shop.svc", port: 9999 } },
          { name: "shop-admin", pods: green, address: { host: "shop-admin.shop.svc", port: 8081 } },
        ],
        routes: [],
      },
    });
    const { leaving } = settings as { leaving: Record<string, unknown> };
    expect(leaving).to.deep.include({
      namespace: "shop",
      pods: [blue, { ...green, "zero-downtime/workload": "rolling" }],
      seconds: 30,
      idleSince: 1_767_225_605_000,
    });
    expect(leaving["metrics"]).to.include({ path: "/metrics", port: 8080 });
    expect(asksCluster).to.equal(true);
    expect(deadlineSeconds).to.equal(150);
  });

  it("waits for nobody in a stage in which nobody loses pods but those who have none", () => {
    const { settings } = settingsOf("switch", "probe", { identity: "endpoints", mode: "service" });
    expect(settings["leaving"]).to.deep.include({
      pods: [{ ...green, "zero-downtime/workload": "rolling" }],
    });
  });

  it("is, by the entrance, the probe's own header and the one that names the workload, and endpoints besides", () => {
    const { settings } = settingsOf("canary", "probe", {
      identity: "entrance",
      entrances: entrancesOf("HTTPRoute", { rules: [{ backendRefs: [{ name: "shop", port: 9898 }] }] }),
    });
    expect(settings).to.deep.include({
      identity: {
        by: "entrance",
        request: { name: "x-zero-downtime-probe", value: "attempt-42" },
        header: "x-zero-downtime-workload",
        trial: { host: "attempt-42.zero-downtime.invalid", header: "x-zero-downtime-trial" },
      },
      allowed: ["blue", "green"],
    });
    const { services, routes } = settings["endpoints"] as {
      services: { name: string; pods: object }[];
      routes: string[];
    };
    expect(routes).to.deep.equal(["web"]);
    // Callers inside the cluster do not meet the candidate before the switch.
    expect(services.map(({ name, pods }) => [name, pods])).to.deep.equal([
      ["shop-blue", blue],
      ["shop-green", green],
      ["shop-admin-blue", blue],
      ["shop-admin-green", green],
      ["shop", blue],
      ["shop-admin", blue],
    ]);
  });

  it("is endpoints, with the reason, where the routes can have no rule for the probe", () => {
    const { settings } = settingsOf("canary", "probe", {
      identity: "entrance",
      untried: "the Gateway refuses it",
    });
    expect(settings["identity"]).to.deep.equal({ by: "endpoints", because: "the Gateway refuses it" });
    expect(settings["endpoints"]).to.deep.include({ routes: ["shop"] });
  });

  it("is endpoints, with the reason, where no route leads to the application at the path", () => {
    const elsewhere = { rules: [{ backendRefs: [{ name: "other", port: 80 }] }] };
    const { settings } = settingsOf("canary", "probe", {
      identity: "entrance",
      entrances: entrancesOf("HTTPRoute", elsewhere),
    });
    expect(settings["identity"]).to.deep.equal({
      by: "endpoints",
      because: "the route's rule for GET /version does not lead to the application",
    });
  });

  it("is every host of a route that leads to the application at the path, and no other", () => {
    const route = (name: string, hostname: string, service: string) => ({
      kind: "HTTPRoute" as const,
      name,
      labels: {},
      annotations: {},
      spec: { hostnames: [hostname], rules: [{ backendRefs: [{ name: service, port: 80 }] }] },
    });
    const { settings } = settingsOf("switch", "probe", {
      entrances: {
        objects: [
          route("web", "shop.example.com", "shop"),
          route("api", "*.api.example.com", "shop"),
          route("docs", "docs.example.com", "docs"),
        ],
        services: [http],
      },
    });
    expect(settings["further"]).to.deep.equal([{ host: "zero-downtime.api.example.com", path: "/version" }]);
  });

  it("is, beside answers that tell, what these do not show: further Services, and those beside a route", () => {
    const header = { header: "x-colour" };
    const named = (asked: Asked) =>
      (
        settingsOf("switch", "probe", asked).settings["endpoints"] as { services: { name: string }[] }
      ).services.map(({ name }) => name);
    expect(named({ identity: header, mode: "service", entrances: entrancesOf("Service") })).to.deep.equal([
      "shop-admin",
    ]);
    expect(named({ identity: header, entrances: entrancesOf("HTTPRoute") })).to.deep.equal([
      "shop",
      "shop-admin",
    ]);
  });
});

describe("what the smoke test is handed", () => {
  it("is that answers must tell who gives them, where the probe will rely on it", () => {
    const { settings } = settingsOf("deploy", "smoke", { identity: { path: "/v", json: "version" } });
    expect(settings["identity"]).to.deep.equal({
      told: { by: "json", key: "version", versions: { "1.0.0": "blue", "2.0.0": "green" } },
      path: "/v",
      host: "shop.example.com",
      colour: "green",
    });
  });

  it("is the first port that speaks HTTP, and a version without one is refused in words", () => {
    const asked = { entrances: entrancesOf("Service") };
    expect(settingsOf("deploy", "smoke", asked).settings).to.include({
      url: "http://shop-green.shop.svc:9898",
    });
    const { objects } = asked.entrances;
    const grpc = { ...http, ports: [{ name: "grpc", port: 9999 }] };
    expect(() => settingsOf("deploy", "smoke", { entrances: { objects, services: [grpc] } })).to.throw(
      pulumi.RunError,
      /^Cannot test 2\.0\.0 as checks and the probe speak HTTP alone, .* shop-green does: grpc 9999 \(TCP\)\. Add a port/,
    );
  });

  for (const [what, asked] of [
    ["the probe does not rely on it", { identity: "endpoints" }],
    ["the gateway tells", { identity: "entrance" }],
    ["the image knows nothing of it", { format: 3 }],
    [
      "the route changes paths on their way",
      {
        entrances: entrancesOf("HTTPRoute", {
          rules: [
            { backendRefs: [{ name: "other" }] },
            { filters: [{ type: "URLRewrite", urlRewrite: {} }], backendRefs: [{ name: "shop", port: 80 }] },
          ],
        }),
      },
    ],
  ] as const satisfies readonly (readonly [string, Asked])[])
    it(`asks for nothing where ${what}`, () => {
      expect(settingsOf("deploy", "smoke", asked).settings).not.to.have.property("identity");
    });
});

describe("what the check of readiness is handed", () => {
  it("is every Service in front of the workload", () => {
    expect(settingsOf("deploy", "ready", { entrances: entrancesOf("Service") }).settings).to.deep.include({
      service: "shop-blue",
      services: ["shop-admin-blue"],
    });
  });

  it("is the container that has the image, and the pods' template, where manifests describe them", () => {
    const context = contextIn("deploy", {});
    const step = context.plan.steps.find((one) => one.do === "ready");
    const selectors = {
      simple: { "app.kubernetes.io/name": "shop" },
      manifests: { "zero-downtime/app": "shop" },
    };
    const of = (form: "simple" | "manifests") => {
      const version = context.versionOf(activeSlot(context.release));
      const web = { ...version.web, container: "shop", selector: selectors[form] };
      const { settings } = checkOf(
        {
          ...context,
          cluster: { ...context.cluster, form },
          versionOf: () => ({ ...version, web }),
        },
        step as CheckStep,
      );
      return { settings, template: templateDigest({ web }) };
    };
    const { settings, template } = of("manifests");
    expect(settings).to.include({ container: "shop", template });
    expect(template).to.be.a("string");
    expect(of("simple").settings).not.to.have.any.keys("container", "template");
  });
});
