import { expect } from "chai";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { simpleVersion } from "../../../manifests/simple/simple-version.ts";
import type { App } from "../../../protocol/config/config-schema.ts";
import { asJson, canonical, type ReleaseSettings } from "../../../release/release.ts";
import { slotDigest } from "../../../release/slot-digest.ts";

/** The name never changes in a stack. */
type Key = Exclude<keyof App, "name">;

/** For each key of `app` a value that is not its default. */
const OTHERS: { readonly [Each in Key]-?: App[Each] } = {
  port: 3000,
  replicas: 5,
  autoscale: { min: 3, max: 9, cpuPercent: 50 },
  readiness: "/ready",
  liveness: "/alive",
  identityPath: "/who",
  colourHeader: "x-who",
  identity: "endpoints",
  drainSeconds: 9,
  container: "web",
  migrates: "allowed",
  smoke: [{ method: "GET", path: "/", expect: { status: 200 } }],
  warmUp: { requests: 9, concurrency: 3 },
  env: { LOG_LEVEL: "debug" },
  envFrom: [{ secret: "mail" }],
  resources: { limits: { memory: "1Gi" } },
  imagePullSecrets: ["login"],
  writable: ["/data"],
  preStopSeconds: 9,
  longestRequestSeconds: 9,
  startSeconds: 99,
  minReadySeconds: 9,
};

describe("the pods of a colour", () => {
  const app = configSchema.shape.app.parse({ name: "shop" });
  const slot = { colour: "blue", version: "1", image: "registry/shop@sha256:1", schema: null } as const;
  const templateOf = (given: App) =>
    simpleVersion({ app: given, traffic: { mode: "service", type: "ClusterIP" }, slot, environment: [] }).web
      .template;
  const digestOf = (given: App) => slotDigest(slot, { settings: asJson({ app: given }) as ReleaseSettings });

  for (const key of Object.keys(OTHERS) as Key[])
    it(`differ by app.${key} where the slot's digest does, and only there`, () => {
      const other = { ...app, [key]: OTHERS[key] };
      const isOther = canonical(asJson(templateOf(other))) !== canonical(asJson(templateOf(app)));
      expect(digestOf(other) !== digestOf(app)).to.equal(isOther);
    });

  it("may take as long to start as startSeconds before anybody restarts them, and are soon seen when they have", () => {
    const template = templateOf(
      configSchema.shape.app.parse({ name: "shop", liveness: "/alive", startSeconds: 900 }),
    );
    const [container] = template.spec["containers"] as {
      startupProbe: { httpGet: { path: string }; periodSeconds: number; failureThreshold: number };
    }[];
    const probe = container?.startupProbe;
    expect(probe?.httpGet.path).to.equal("/alive");
    expect((probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0)).to.equal(900);
    expect(probe?.periodSeconds).to.equal(1);
  });

  it("take variables from Secrets and ConfigMaps, one key or all of them, in the order of config", () => {
    const [container] = templateOf(
      configSchema.shape.app.parse({
        name: "shop",
        env: {
          LEVEL: "info",
          PASSWORD: { secret: "mail", key: "password" },
          SEARCH: { configMap: "flags", key: "search" },
        },
        envFrom: [{ secret: "mail", prefix: "MAIL_" }, { configMap: "flags" }],
      }),
    ).spec["containers"] as { env: object[]; envFrom: object[] }[];
    expect(container?.env.slice(-3)).to.deep.equal([
      { name: "LEVEL", value: "info" },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "mail", key: "password" } } },
      { name: "SEARCH", valueFrom: { configMapKeyRef: { name: "flags", key: "search" } } },
    ]);
    expect(container?.envFrom).to.deep.equal([
      { prefix: "MAIL_", secretRef: { name: "mail" } },
      { configMapRef: { name: "flags" } },
    ]);
    expect(templateOf(app).spec["containers"]).to.not.have.nested.property("[0].envFrom");
  });

  it("are refused a variable that is neither text nor a key of something", () => {
    for (const value of [8080, null, { secret: "mail" }, { secret: "a", configMap: "b", key: "c" }]) {
      const { error } = configSchema.shape.app.safeParse({ name: "shop", env: { A: value } });
      expect(error?.issues[0]?.message).to.equal("must be text, { secret, key } or { configMap, key }");
    }
    const { error } = configSchema.shape.app.safeParse({ name: "shop", envFrom: [{ name: "mail" }] });
    expect(error?.issues[0]?.message).to.equal("must be { secret } or { configMap }, with a prefix at most");
  });
});
