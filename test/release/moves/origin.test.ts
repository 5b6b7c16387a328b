import { expect } from "chai";
import { departure } from "../../../release/moves/origin.ts";
import type { Place } from "../../../release/place.ts";
import { plan, type Standing } from "../../../release/plan.ts";
import type { Release } from "../../../release/release.ts";
import { at, stable } from "../releases.ts";

const base = stable("blue-green", true);
const tested = { blue: base.from.image, green: base.to?.image ?? "" };

/** A stage that was completed, entered from another. */
const completed = (place: Place, from: Place): Standing & { readonly origin: Standing } => ({
  release: at(base, place),
  tested,
  origin: { release: at(base, from), tested: {} },
});

const words = (release: Release, origin: Standing | null): string[] =>
  plan(release, origin).steps.map((step) => `${step.do} ${"workload" in step ? step.workload : ""}`.trim());

describe("departure", () => {
  const backfill = { phase: "backfill", active: "blue" } as const;
  const deploy = { phase: "deploy", active: "blue" } as const;
  const switched = { phase: "switch", active: "green" } as const;
  const retire = { phase: "retire", active: "green" } as const;

  it("has nothing to do where neither config nor stage has changed", () => {
    const standing = completed(deploy, backfill);
    expect(departure(standing, null, at(base, deploy))).to.deep.equal({
      origin: standing.origin,
      isUnchanged: true,
    });
  });

  it("is from the completed stage on every move, whatever was tried in between", () => {
    const standing = completed(deploy, backfill);
    for (const left of [null, at(base, switched)])
      expect(departure(standing, left, at(base, switched))).to.deep.equal({
        origin: { release: standing.release, tested },
        isUnchanged: false,
      });
  });

  it("is from the stage that did not finish where the completed one is returned to, and waits for nobody else", () => {
    const { origin, isUnchanged } = departure(
      completed(deploy, backfill),
      at(base, switched),
      at(base, deploy),
    );
    expect(isUnchanged).to.equal(false);
    expect(words(at(base, deploy), origin)).to.deep.equal([
      "run blue",
      "ready blue",
      "traffic",
      "probe",
      "run green",
      "verdict",
    ]);
  });

  it("has a parked colour tested again that the unfinished stage may have parked", () => {
    const { origin } = departure(completed(switched, deploy), at(base, retire), at(base, switched));
    const { tested: known } = plan(at(base, switched), origin);
    expect(known).to.deep.equal({ green: tested.green });
    expect(words(at(base, deploy), { release: at(base, switched), tested: known })).to.include.members([
      "smoke blue",
      "warm-up blue",
    ]);
  });

  it("has it tested again on the way back from there, too, before it gets traffic", () => {
    const { origin } = departure(completed(switched, deploy), at(base, retire), at(base, deploy));
    expect(words(at(base, deploy), origin).slice(0, 5)).to.deep.equal([
      "run blue",
      "ready blue",
      "smoke blue",
      "warm-up blue",
      "traffic",
    ]);
  });

  it("does not begin anew where the first stage is returned to", () => {
    const first = { release: base, tested: {}, origin: null };
    const { origin } = departure(first, at(base, { phase: "expand", active: "blue" }), base);
    expect(plan(base, origin).direction).to.equal("back");
    expect(words(base, origin)).to.deep.equal(["run blue", "ready blue", "traffic", "probe", "schema"]);
  });
});
