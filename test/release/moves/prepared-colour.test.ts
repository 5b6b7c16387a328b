import { expect } from "chai";
import fc from "fast-check";
import { PHASES } from "../../../release/phases.ts";
import { preparedColour } from "../../../release/moves/prepared-colour.ts";
import { withContents } from "../../../release/contents.ts";
import { placeOf } from "../../../release/place.ts";
import {
  activeSlot,
  idleSlot,
  isMoving,
  type MovingRelease,
  type Release,
} from "../../../release/release.ts";
import { allPlaces, anyStable, at, stable } from "../releases.ts";

describe("the colour that is prepared from the manifests", () => {
  const base = stable("canary", true);
  const deploy = at(base, { phase: "deploy", active: "blue" });
  const switched = at(base, { phase: "switch", active: "green" });

  it("is the one that serves in a stack's first stage, until that has completed", () => {
    expect(preparedColour(base, null, null)).to.equal("blue");
    expect(preparedColour(base, null, base)).to.equal("blue");
    expect(preparedColour(base, base, null)).to.equal(null);
  });

  it("is none where a lost state is recovered in mid-release", () => {
    expect(preparedColour(deploy, null, null)).to.equal(null);
  });

  it("is never one that serves, or may have to again, whatever stages lie behind", () => {
    fc.assert(
      fc.property(
        anyStable.chain((one) => {
          const places = allPlaces(one);
          return fc.tuple(fc.constantFrom(...places), fc.constantFrom(...places), fc.constantFrom(...places));
        }),
        fc.boolean(),
        ([next, completed, tried], hasLeft) => {
          const left = hasLeft ? tried : null;
          const colour = preparedColour(next, completed, left);
          if (colour === null) return;
          for (const stage of [completed, ...(left ? [left] : [])]) {
            expect(colour).not.to.equal(activeSlot(stage).colour);
            if (isMoving(stage)) expect(PHASES[stage.phase].newPods).to.be.oneOf(["none", "private"]);
          }
        },
      ),
    );
  });

  it("is the candidate's on leaving stable, whichever way, and again while it serves nobody", () => {
    for (const stage of allPlaces(base).filter((one) => isMoving(one)))
      expect(preparedColour(stage, base, null)).to.equal("green");
    expect(preparedColour(deploy, deploy, null)).to.equal("green");
  });

  it("is none on a way back, which brings back what was recorded and waits for no file", () => {
    const backfill = at(base, { phase: "backfill", active: "blue" });
    const recorded = { green: "of green" };
    const made = withContents(deploy, recorded) as MovingRelease;
    for (const [next, completed, left] of [
      [backfill, made, null],
      [backfill, backfill, made],
    ] as const) {
      expect(preparedColour(next, completed, left, recorded)).to.equal(null);
      expect(preparedColour(next, completed, left, { green: "of another" })).to.equal("green");
      const edited = { ...next, to: { ...made.to, version: "2.0.1" } } as Release;
      expect(preparedColour(edited, completed, left, recorded)).to.equal("green");
    }
    expect(preparedColour(deploy, withContents(backfill, recorded), null, recorded)).to.equal("green");
  });

  it("is the candidate's again where an attempt to leave stable has left no record", () => {
    const rolling = stable("rolling", false);
    const roll = withContents(at(rolling, { phase: "roll", active: "green" }), { green: "of green" });
    expect(preparedColour(roll, rolling, roll, {})).to.equal("green");
    expect(preparedColour(roll, rolling, roll, { green: "of green" })).to.equal(null);
    expect(preparedColour(roll, rolling, at(rolling, placeOf(roll)), {}), "of config").to.equal(null);
  });

  it("is none on a way back from a stage in which the candidate served, finished or not", () => {
    expect(preparedColour(deploy, switched, null)).to.equal(null);
    expect(preparedColour(deploy, deploy, switched)).to.equal(null);
    expect(idleSlot(deploy)?.colour).to.equal("green");
  });
});
