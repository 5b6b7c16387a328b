import { expect } from "chai";
import { coloursWithLogin, provesLogin, sharesLogin, withLogins } from "../../../release/database/logins.ts";
import { refusals } from "../../../release/moves/refusals.ts";
import { slotOf, type Release } from "../../../release/release.ts";
import { allPlaces, at, stable } from "../releases.ts";

type Choice = "colour" | "application";

/** A release with `database.logins` in its config, and nothing known of its slots. */
const choosing = (release: Release, logins: Choice, more: object = {}): Release => ({
  ...release,
  settings: { ...release.settings, database: { host: "db", logins, ...more } },
});

const loginsOf = (release: Release) =>
  (["blue", "green"] as const).map((colour) => slotOf(release, colour)?.logins ?? "colour");

describe("the login of a slot's pods", () => {
  const base = stable("blue-green", true);

  it("is what config says at a stack's first stage, and none is told of without a database", () => {
    expect(loginsOf(withLogins(choosing(base, "application"), null))).to.deep.equal([
      "application",
      "application",
    ]);
    expect(loginsOf(withLogins(choosing(base, "colour"), null))).to.deep.equal(["colour", "colour"]);
    const without: Release = { ...base, settings: {} };
    expect(withLogins(without, null)).to.deep.equal(without);
  });

  it("stays that of what serves when config changes, in either direction, and is the new one for the next version", () => {
    const before = withLogins(choosing(base, "colour"), null);
    const edited = withLogins(choosing(base, "application"), before);
    expect(loginsOf(edited)).to.deep.equal(["colour", "application"]);
    expect(loginsOf(withLogins(choosing(base, "colour"), edited))).to.deep.equal(["colour", "colour"]);
    const own = withLogins(choosing(base, "application"), null);
    expect(loginsOf(withLogins(choosing(base, "colour"), own))).to.deep.equal(["application", "colour"]);
  });

  it("stays through a release with its schema change, there and back, and into the stable that ends it", () => {
    for (const strategy of ["blue-green", "canary", "rolling"] as const) {
      const start = stable(strategy, true);
      let completed = withLogins(choosing(start, "application"), withLogins(start, null));
      for (const place of [...allPlaces(start), ...allPlaces(start).toReversed()]) {
        if (place.phase === "stable") continue;
        completed = withLogins(choosing(place, "application"), completed);
        expect(loginsOf(completed), place.phase).to.deep.equal(["colour", "application"]);
      }
      const end = at(start, { phase: "stable", active: "green" });
      expect(loginsOf(withLogins(choosing(end, "application"), completed))).to.deep.equal([
        "colour",
        "application",
      ]);
    }
  });

  it("is the new one for what is named in the colour that was retired, in the release after", () => {
    const ended = withLogins(
      choosing(at(base, { phase: "stable", active: "green" }), "application"),
      withLogins(choosing(base, "application"), base),
    );
    expect(ended.from.colour).to.equal("green");
    expect(loginsOf(withLogins(choosing(ended, "application"), ended))).to.deep.equal([
      "application",
      "application",
    ]);
  });

  it("may be chosen anew in stable or with the stage that leaves it, and nothing else of the database with that", () => {
    const calm = { dropping: false, recover: false };
    const chosen = (release: Release) => choosing(release, "application");
    const plain = (release: Release) => choosing(release, "colour");
    const deploy = at(base, { phase: "deploy", active: "blue" });
    const expand = at(base, { phase: "expand", active: "blue" });
    for (const next of [base, expand])
      expect(refusals(plain(base), plain(base), chosen(next), calm)).to.deep.equal([]);
    for (const [before, next] of [
      [deploy, deploy],
      [expand, base],
      [expand, at(base, { phase: "backfill", active: "blue" })],
    ] as const)
      expect(refusals(plain(before), plain(before), chosen(next), calm).join()).to.match(
        /database\.logins from "colour" to "application": settings may change in stable only/,
      );
    const moved = choosing(expand, "application", { host: "other" });
    expect(refusals(plain(base), plain(base), moved, calm).join())
      .to.match(/^Cannot change database\.host from "db" to "other": settings may change in stable only/)
      .and.not.include("database.logins");
  });

  it("leaves nothing behind of what another version of the program has noted", () => {
    const noted: Release = { ...base, from: { ...base.from, logins: "application" } };
    expect(withLogins(noted, base)).to.deep.equal(base);
  });
});

describe("what a login tells", () => {
  const base = stable("canary", true);
  const mixed = [
    withLogins(choosing(base, "application"), base),
    withLogins(choosing(base, "colour"), withLogins(choosing(base, "application"), null)),
  ];

  it("is nothing as soon as one version has the application's own", () => {
    expect(sharesLogin(base)).to.equal(false);
    for (const release of mixed) expect(sharesLogin(release)).to.equal(true);
    for (const release of mixed) expect(sharesLogin({ ...release, settings: {} })).to.equal(false);
  });

  it("is to be proven of a version with its colour's, unless it uses none", () => {
    const [toOwn] = mixed;
    if (!toOwn?.to || !base.to) throw new Error("Cannot go on without both slots");
    expect(provesLogin(toOwn, toOwn.from)).to.equal(true);
    expect(provesLogin(toOwn, toOwn.to)).to.equal(false);
    expect(provesLogin(base, base.to)).to.equal(true);
    expect(provesLogin(choosing(base, "colour", { usesLogin: false }), base.to)).to.equal(false);
    expect(provesLogin({ ...base, settings: {} }, base.to)).to.equal(false);
  });

  it("needs logins that are made: both, or those of versions that still have one", () => {
    expect(coloursWithLogin(base)).to.deep.equal(["blue", "green"]);
    expect(mixed.map(coloursWithLogin)).to.deep.equal([["blue"], ["blue", "green"]]);
    const own = withLogins(choosing(base, "application"), null);
    expect(coloursWithLogin(own)).to.deep.equal([]);
  });
});
