import { expect } from "chai";
import { placeMeant } from "../../../cli/moves/target.ts";
import { waysFrom } from "../../../cli/moves/legal-moves.ts";
import type { Place } from "../../../release/place.ts";
import { releaseAt } from "../../../release/release-at.ts";
import { PHASE_NAMES, STRATEGIES, type Phase } from "../../../release/phases.ts";
import type { Release } from "../../../release/release.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { after } from "../pasts.ts";

const meant = (release: Release, phase: Phase, wish: { weight?: number; active?: string } = {}) =>
  placeMeant(phase, wish, waysFrom(after(release), release), release);

const canaryAt = (weight: number): Release =>
  releaseAt(stable("canary", true), { phase: "canary", active: "blue", weight });

describe("zd to <phase>", () => {
  it("means the place in reach, whichever colour is active there", () => {
    const switched = releaseAt(stable("blue-green", true), { phase: "switch", active: "green" });
    expect(meant(switched, "deploy")).to.deep.equal({ phase: "deploy", active: "blue" });
    expect(meant(switched, "retire")).to.deep.equal({ phase: "retire", active: "green" });
  });

  it("means the next rung up in canary, and another one where its weight is said", () => {
    expect(meant(canaryAt(5), "canary")).to.deep.equal({ phase: "canary", active: "blue", weight: 25 });
    expect(meant(canaryAt(5), "canary", { weight: 1 })).to.deep.equal({
      phase: "canary",
      active: "blue",
      weight: 1,
    });
  });

  it("asks which one where two are in reach", () => {
    const rolled = releaseAt(stable("rolling", false), { phase: "roll", active: "green" });
    const both: readonly Place[] = [
      { phase: "stable", active: "green" },
      { phase: "stable", active: "blue" },
    ];
    expect(meant(rolled, "stable")).to.deep.equal({ ambiguous: both });
    expect(meant(rolled, "stable", { active: "blue" })).to.deep.equal(both[1]);
  });

  it("names a place for every phase from every stage, for the gate to judge", () => {
    for (const strategy of STRATEGIES)
      for (const release of allPlaces(stable(strategy, true)))
        for (const phase of PHASE_NAMES) {
          const place = meant(release, phase);
          if (!("ambiguous" in place)) expect(place.phase).to.equal(phase);
        }
  });
});
