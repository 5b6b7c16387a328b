import { expect } from "chai";
import fc from "fast-check";
import { PHASES } from "../../../release/phases.ts";
import { preparedColour } from "../../../release/moves/prepared-colour.ts";
import { activeSlot, idleSlot, isMoving } from "../../../release/release.ts";
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

  it("is none on a way back from a stage in which the candidate served, finished or not", () => {
    expect(preparedColour(deploy, switched, null)).to.equal(null);
    expect(preparedColour(deploy, deploy, switched)).to.equal(null);
    expect(idleSlot(deploy)?.colour).to.equal("green");
  });
});
