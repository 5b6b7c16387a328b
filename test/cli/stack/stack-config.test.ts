import { expect } from "chai";
import { stringify } from "yaml";
import { configuredRelease, fullSizeIn, knownOf } from "../../../cli/stack/stack-config.ts";
import { NO_PAST } from "../../../cli/stack/stack-state.ts";
import { releaseOf } from "../../../protocol/config/release-of.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";

const image = (digit: string) => `registry.test/shop@sha256:${digit.repeat(64)}`;
const MIGRATIONS = ["0001-first", "0002-second"];

const GOOD = {
  active: "blue",
  phase: "deploy",
  strategy: "canary",
  namespace: "live",
  blue: { version: "1.0.0", image: image("1"), schema: "0001-first" },
  green: { version: 2, image: image("2"), schema: "0002-second" },
  app: { name: "shop" },
  traffic: { mode: "gateway", gateway: { name: "a", namespace: "b" }, clusterUrl: "http://a" },
  database: { host: "db", name: "shop", admin: "postgres" },
};

const textOf = (values: object) =>
  stringify({
    config: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`zero-downtime:${key}`, value as unknown]),
    ),
  });
const known = (changes: object = {}) => knownOf(textOf({ ...GOOD, ...changes }), "Pulumi.live.yaml");

describe("the config that zd reads", () => {
  it("describes the release that the program reads from it", () => {
    const settings = { database: { name: "shop" } };
    for (const place of [
      { phase: "stable" },
      { phase: "deploy" },
      { phase: "canary", weight: 25 },
      { phase: "switch", active: "green" },
      { phase: "contract", active: "green" },
    ]) {
      const program = releaseOf(configSchema.parse({ ...GOOD, ...place }), MIGRATIONS, settings);
      expect(configuredRelease(known(place), NO_PAST, MIGRATIONS)).to.deep.equal(program);
    }
  });

  it("knows of a new stack whose login its pods have, as the program does", () => {
    const database = { ...GOOD.database, logins: "application", usesLogin: false };
    const first = (changes: object) => configuredRelease(known(changes), NO_PAST, MIGRATIONS);
    expect(first({ phase: "stable", database }).from.logins).to.equal("application");
    expect(first({ phase: "stable", database }).settings.database?.usesLogin).to.equal(false);
    expect(first({ phase: "stable" }).from.logins).to.equal(undefined);
  });

  it("has the program's defaults, but for the number of pods that is left to it", () => {
    const { canary, database } = known();
    expect(canary.rungs).to.deep.equal([1, 5, 25, 50]);
    expect(database).to.include({ port: 5432, sslmode: "require" });
    expect(fullSizeIn(known())).to.equal(null);
    expect(fullSizeIn(known({ app: { name: "shop", replicas: 3 } }))).to.equal(3);
    expect(fullSizeIn(known({ app: { name: "shop", autoscale: { min: 4 } } }))).to.equal(4);
  });

  it("has the number of pods that may change in every stage before any other, and leaves the rest to manifests", () => {
    const app = { name: "shop", replicas: 3, autoscale: { min: 4 } };
    expect(fullSizeIn(known({ app, replicas: 7 }))).to.equal(7);
    expect(fullSizeIn(known({ app, replicas: 0 }))).to.equal(4);
    expect(fullSizeIn(known({ manifests: "deploy/" }))).to.equal(null);
    expect(fullSizeIn(known({ manifests: "deploy/", replicas: 5 }))).to.equal(5);
  });

  it("keeps nobody from a way back for a mistake in what zd does not read", () => {
    const wrong = {
      app: { name: "shop", prot: 1, port: "x", autoscale: { min: 2, max: "many" } },
      traffic: { mode: "service", type: "Nothing" },
      canary: { failures: 7 },
      blue: { version: "1.0.0", image: "shop:latest", more: true },
      soak: "long",
      another: {},
    };
    expect(known(wrong).app.name).to.equal("shop");
    expect(known({ green: { version: "2.0.0" } }).green?.image).to.equal("");
  });

  it("keeps nobody from a way back for a value that the program refuses, but no way back needs", () => {
    for (const wrong of [
      { weight: 0 },
      { phase: "canary", weight: 100 },
      { green: { version: "2 of 3", image: "shop:2", schema: "" } },
      { app: { name: "shop", replicas: 0, autoscale: { min: 0 } } },
      { canary: { rungs: [50, 5], pass: { weight: 100, reason: "", by: "me" } } },
      { canary: { rungs: [] } },
      { database: { ...GOOD.database, logins: "mine", usesLogin: "no" } },
      {
        database: { host: "", port: 70_000, name: "shop", sslmode: "prefer", prefix: "My-Shop", owner: null },
      },
    ]) {
      expect(configSchema.safeParse({ ...GOOD, ...wrong }).success, JSON.stringify(wrong)).to.equal(false);
      expect(configuredRelease(known(wrong), NO_PAST, MIGRATIONS).from.version).to.equal("1.0.0");
    }
  });

  it("names every key that it needs and that is wrong", () => {
    expect(() => known({ phase: "swich", namespace: "Live" })).to.throw(
      /zero-downtime:phase: .*\n.*zero-downtime:namespace: must be a namespace's name/,
    );
  });
});
