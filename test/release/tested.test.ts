import { expect } from "chai";
import fc from "fast-check";
import { STRATEGIES } from "../../release/phases.ts";
import { plan } from "../../release/plan.ts";
import type { Release, Slot } from "../../release/release.ts";
import { slotDigest } from "../../release/slot-digest.ts";
import { workloadOf } from "../../release/workload.ts";
import { words } from "./plan-words.ts";
import { allPlaces, anyStable, at, stable } from "./releases.ts";

describe("plan, of what was tested before", () => {
  it("tests again what differs from what was tested by its digest, and nothing else", () => {
    const base = stable("blue-green", true);
    const deploy = at(base, { phase: "deploy", active: "blue" });
    const { tested } = plan(deploy, { release: at(base, { phase: "backfill", active: "blue" }), tested: {} });
    const isTested = (next: Release, known = tested) =>
      words(next, { release: deploy, tested: known }).includes("smoke green");
    const edited = (more: object) => ({ ...deploy, to: { ...deploy.to, ...more } }) as Release;
    expect(tested).to.have.keys("green");
    expect(isTested(deploy)).to.equal(false);
    expect(isTested(edited({ image: "registry/app@sha256:fixed" }))).to.equal(true);
    // The pods are told their version, and are made anew with it.
    expect(isTested(edited({ version: "2.0.1" }))).to.equal(true);
  });

  it("tests what serves again where its pods are made anew by other settings, and not where only their number is", () => {
    for (const strategy of STRATEGIES) {
      const base = stable(strategy, false);
      const standing = { release: base, tested: plan(base, null).tested };
      const other = (app: object): Release => ({
        ...base,
        settings: { ...base.settings, app: { name: "app", replicas: 3, ...app } },
      });
      const smoke = (next: Release) => words(next, standing).filter((word) => word.startsWith("smoke"));
      expect(smoke(other({ env: { LOG_LEVEL: "debug" } }))).to.have.length(1);
      expect(smoke(other({ replicas: 9 }))).to.deep.equal([]);
    }
  });

  it("goes on from a stack of the program before digests, in every stage: an image on record is tested", () => {
    fc.assert(
      fc.property(anyStable, fc.nat(), fc.nat(), (base, one, two) => {
        const places = allPlaces(base);
        const release = places[one % places.length] ?? base;
        const next = places[two % places.length] ?? base;
        const slots = [release.from, ...(release.to ? [release.to] : [])];
        const marks = (markOf: (slot: Slot) => string) =>
          Object.fromEntries(slots.map((slot) => [workloadOf(release, slot), markOf(slot)]));
        const before = plan(next, { release, tested: marks(({ image }) => image) });
        const now = plan(next, { release, tested: marks((slot) => slotDigest(slot, release)) });
        expect(before.steps).to.deep.equal(now.steps);
        expect(Object.keys(before.tested)).to.deep.equal(Object.keys(now.tested));
      }),
    );
  });
});
