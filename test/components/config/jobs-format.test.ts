import { expect } from "chai";
import { guardSettingsFor, JOBS_FORMAT, migrateSettingsFor } from "../../../components/config/jobs-format.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";
import type { SettingsFor } from "../../../protocol/jobs/programs.ts";

describe("the settings of a schema Job", () => {
  /** Those that every version has known. */
  const known = {
    goal: "filled",
    from: null,
    to: "0001-create-address",
    number: 1,
    stage: "backfill",
    schema: "public",
    owner: "shop_owner",
    appRole: "shop_app",
    logins: { blue: "shop_blue", green: "shop_green" },
    vacate: null,
    soakSeconds: 0,
    first: false,
    baseline: null,
    record: null,
    deadlineSeconds: 60,
    limits: {},
  } satisfies SettingsFor<"migrate">;
  const settings: SettingsFor<"migrate"> = {
    ...known,
    ranges: 1,
    clock: 1,
    identity: { application: "shop", stack: "organization/zero-downtime/shop" },
    writers: null,
  };

  it("are passed as they are to an image of the program's own format, and to one that knows them all", () => {
    expect(migrateSettingsFor(JOBS_FORMAT, settings)).to.deep.equal(settings);
    expect(migrateSettingsFor(2, settings)).to.deep.equal(settings);
  });

  it("leave out what an image from before an upgrade may not know", () => {
    expect(migrateSettingsFor(undefined, settings)).to.deep.equal(known);
  });

  it("ask an older image for more ranges where the config does, but never in stable, where nothing is filled", () => {
    const several = { ...settings, ranges: 4 };
    expect(migrateSettingsFor(undefined, several)).to.have.property("ranges", 4);
    expect(migrateSettingsFor(undefined, { ...several, stage: "stable" })).not.to.have.property("ranges");
  });

  it("ask an older image, which cannot ask the catalog alone, to compare every row", () => {
    expect(migrateSettingsFor(undefined, { ...settings, goal: "intact" })).to.have.property(
      "goal",
      "verified",
    );
    expect(migrateSettingsFor(JOBS_FORMAT, { ...settings, goal: "intact" })).to.have.property(
      "goal",
      "intact",
    );
  });
});

describe("the settings of the guard", () => {
  const { objects, services } = simpleEntrances({ app: { name: "shop" }, traffic: { mode: "gateway" } });
  const side = { version: "1", image: "registry/shop@sha256:1", labels: { app: "shop" } };
  const settings = {
    namespace: "live",
    number: 1,
    watched: 5,
    active: { colour: "blue", ...side },
    candidate: { colour: "green", ...side, digest: "0123456789abcdef" },
    replicas: 2,
    workloads: ["blue", "green"],
    entrances: { objects, services },
    back: null,
    verdict: "shop-verdict",
  } as unknown as SettingsFor<"guard">;

  it("have all entrances for an image that knows several", () => {
    expect(guardSettingsFor(JOBS_FORMAT, settings)).to.equal(settings);
  });

  it("have the one entrance of the simple form for an image that knows no other", () => {
    for (const format of [undefined, 2, 3])
      expect(guardSettingsFor(format, settings)).to.deep.equal({
        namespace: "live",
        number: 1,
        watched: 5,
        active: { colour: "blue", ...side, service: "shop-blue" },
        candidate: { colour: "green", ...side, service: "shop-green", digest: "0123456789abcdef" },
        replicas: 2,
        services: ["shop-blue", "shop-green"],
        entrance: { mode: "gateway", name: "shop" },
        verdict: "shop-verdict",
      });
    const byService = simpleEntrances({ app: { name: "shop" }, traffic: { mode: "service" } });
    expect(guardSettingsFor(3, { ...settings, entrances: byService })).to.deep.include({
      entrance: { mode: "service", name: "shop" },
    });
  });
});
