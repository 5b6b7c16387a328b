import { expect } from "chai";
import { describeWalk, pastAfter, shortestWalk, type Walk } from "../../../cli/moves/stage-path.ts";
import { refusedByGate } from "../../../cli/moves/legal-moves.ts";
import { placeOf, type Place } from "../../../release/place.ts";
import { releaseAt } from "../../../release/release-at.ts";
import { STRATEGIES } from "../../../release/phases.ts";
import type { Release, Slot } from "../../../release/release.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { after, stuck } from "../pasts.ts";

function stagesOf(walk: Walk): readonly Release[] {
  if ("refusals" in walk) throw new Error(`Expected a walk: ${walk.refusals.join("; ")}`);
  return walk.stages;
}

const goal = (place: Place) => ({ place, slots: {} });

describe("a walk", () => {
  it("leads from every stage before the drop back to stable with the old version, by moves that the gate accepts", () => {
    for (const strategy of STRATEGIES)
      for (const withSchema of [true, false])
        for (const release of allPlaces(stable(strategy, withSchema))) {
          if (
            release.phase === "contract" ||
            (placeOf(release).active === "green" && release.phase === "stable")
          )
            continue;
          const stages = stagesOf(
            shortestWalk(after(release), release, goal({ phase: "stable", active: "blue" })),
          );
          let past = after(release);
          for (const stage of stages) {
            expect(refusedByGate(past, stage)).to.deep.equal([]);
            past = pastAfter(stage);
          }
        }
  });

  it("is the shortest", () => {
    const base = stable("canary", true);
    const rung = releaseAt(base, { phase: "canary", active: "blue", weight: 25 });
    const stages = stagesOf(shortestWalk(after(rung), rung, goal({ phase: "stable", active: "blue" })));
    expect(describeWalk(stages)).to.equal(
      "deploy with blue active → backfill with blue active → stable with blue active",
    );
  });

  it("is empty where one is", () => {
    const base = stable("rolling", true);
    expect(shortestWalk(after(base), base, goal({ phase: "stable", active: "blue" }))).to.deep.equal({
      stages: [],
    });
  });

  it("begins where an up did not finish", () => {
    const base = stable("blue-green", true);
    const deploy = releaseAt(base, { phase: "deploy", active: "blue" });
    const past = stuck(deploy, releaseAt(base, { phase: "switch", active: "green" }));
    const stages = stagesOf(shortestWalk(past, deploy, goal({ phase: "deploy", active: "blue" })));
    expect(describeWalk(stages)).to.equal("deploy with blue active");
  });

  it("brings a version back by a release of its own, once the schemas are the same", () => {
    const done = releaseAt(stable("blue-green", false), { phase: "stable", active: "green" });
    const old: Slot = {
      colour: "blue",
      version: "0.9.0",
      image: "registry/app@sha256:9",
      schema: done.from.schema,
    };
    const walk = shortestWalk(after(done), done, {
      place: { phase: "stable", active: "blue" },
      slots: { blue: old },
    });
    const stages = stagesOf(walk);
    expect(stages.at(-1)?.from).to.deep.equal(old);
    expect(stages.map(({ phase }) => phase)).to.deep.equal(["deploy", "switch", "retire", "stable"]);
  });

  it("says what is in the way where there is none", () => {
    const base = stable("blue-green", true);
    const walk = shortestWalk(after(base), base, goal({ phase: "canary", active: "blue", weight: 5 }));
    if (!("refusals" in walk)) throw new Error("there is a walk");
    expect(walk.refusals.join("\n")).to.match(
      /Cannot go to canary at 5 % with blue active as the completed stage/,
    );
  });
});
