import { expect } from "chai";
import { isMarkOf, slotDigest } from "../../release/slot-digest.ts";
import type { ReleaseSettings, Slot } from "../../release/release.ts";

const slot: Slot = {
  colour: "green",
  version: "2.0.0",
  image: "registry/app@sha256:2",
  schema: "0002-split-street",
};
const app = { name: "shop", replicas: 2, port: 8080, env: { LOG_LEVEL: "info", LOCALE: "de" } };
const settings: ReleaseSettings = { app, database: { host: "db", name: "shop" }, soak: 600 };
const digestOf = (more: Partial<Slot> = {}, other: ReleaseSettings = {}) =>
  slotDigest({ ...slot, ...more }, { settings: { ...settings, ...other } });

describe("the digest of a slot", () => {
  it("is the one that stacks and verdicts hold, whatever the program's version", () => {
    expect(digestOf()).to.equal("17b15bc902e5e543");
  });

  it("is another one for another version, image, schema, or setting of the pods", () => {
    const others = [
      digestOf({ version: "2.0.1" }),
      digestOf({ image: "registry/app@sha256:3" }),
      digestOf({ schema: null }),
      digestOf({}, { app: { ...app, env: { LOG_LEVEL: "debug", LOCALE: "de" } } }),
      digestOf({}, { app: { ...app, envFrom: [{ secret: "mail" }] } }),
      digestOf({}, { database: { host: "other", name: "shop" } }),
      digestOf({}, { database: null }),
    ];
    expect(new Set([digestOf(), ...others]).size).to.equal(others.length + 1);
  });

  it("stays where only size, soak or the order of keys is another", () => {
    const env = { LOCALE: "de", LOG_LEVEL: "info" };
    expect(digestOf({ colour: "blue" }, { soak: 1, app: { ...app, env, replicas: 9 } })).to.equal(digestOf());
  });

  it("is in a mark, or the image is, as the program before has written it", () => {
    const release = { settings };
    expect(isMarkOf(digestOf(), slot, release)).to.equal(true);
    expect(isMarkOf(slot.image, slot, release)).to.equal(true);
    expect(isMarkOf(digestOf({ version: "2.0.1" }), slot, release)).to.equal(false);
    expect(isMarkOf(undefined, slot, release)).to.equal(false);
  });
});
