import { expect } from "chai";
import { NO_PAST, standsAt, type Past } from "../../../cli/stack/stack-state.ts";
import {
  isGoingBack,
  refusedByGate,
  usualBack,
  usualNext,
  waysFrom,
} from "../../../cli/moves/legal-moves.ts";
import { describePlace, isSamePlace, placeOf, type Place } from "../../../release/place.ts";
import { releaseAt } from "../../../release/release-at.ts";
import { STRATEGIES, type Strategy } from "../../../release/phases.ts";
import { COLOURS, type Release } from "../../../release/release.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { after, pastsFrom, stuck } from "../pasts.ts";

const words = (places: readonly Place[]) => places.map(describePlace).sort();

/** Every place that config can name for a release of any strategy. */
const everyPlace = STRATEGIES.flatMap((strategy) =>
  [true, false].flatMap((withSchema) =>
    COLOURS.flatMap((colour) => allPlaces(stable(strategy, withSchema, colour)).map(placeOf)),
  ),
).filter((place, at, all) => all.findIndex((other) => isSamePlace(place, other)) === at);

function acceptedByGate(past: Past, configured: Release): Place[] {
  return everyPlace.filter((place) => refusedByGate(past, releaseAt(configured, place)).length === 0);
}

describe("the ways that zd names", () => {
  for (const strategy of STRATEGIES) {
    for (const withSchema of [true, false]) {
      it(`are exactly what the gate accepts, from every stage of ${strategy} ${withSchema ? "with" : "without"} a schema change, finished or not`, () => {
        for (const release of allPlaces(stable(strategy, withSchema))) {
          for (const past of pastsFrom(release)) {
            const { again, next, back } = waysFrom(past, release);
            const stands = standsAt(past);
            const told = [...(again ? [again] : []), ...next, ...back];
            const accepted = acceptedByGate(past, release).filter(
              (place) => again !== null || !stands || !isSamePlace(place, placeOf(stands)),
            );
            expect(words(told), describePlace(placeOf(release))).to.deep.equal(words(accepted));
          }
        }
      });
    }
  }

  const from = (strategy: Strategy, place: Place, withSchema = true) => {
    const release = releaseAt(stable(strategy, withSchema), place);
    const past = after(release);
    const ways = waysFrom(past, release);
    const said = (way: Place | null) => (way ? describePlace(way) : null);
    return { next: said(usualNext(past, ways)), back: said(usualBack(past, ways)) };
  };

  it("lead on by the next rung and back to no traffic at all", () => {
    expect(from("canary", { phase: "canary", active: "blue", weight: 5 })).to.deep.equal({
      next: "canary at 25 % with blue active",
      back: "deploy with blue active",
    });
  });

  it("lead back from switch to the colour that is warm", () => {
    expect(from("blue-green", { phase: "switch", active: "green" })).to.deep.equal({
      next: "retire with green active",
      back: "deploy with blue active",
    });
  });

  it("end where contract has begun to drop", () => {
    expect(from("rolling", { phase: "contract", active: "green" })).to.deep.equal({
      next: "stable with green active",
      back: null,
    });
  });

  it("lead back from a contract that failed, where the release's jobs can tell whether anything was dropped", () => {
    const base = stable("blue-green", true);
    const failed = stuck(
      releaseAt(base, { phase: "retire", active: "green" }),
      releaseAt(base, { phase: "contract", active: "green" }),
    );
    const back = (format: number | undefined, entered = failed.entered) => {
      const { completed } = failed;
      const past: Past = {
        ...failed,
        entered,
        completed: completed && { ...completed, jobs: { format } },
        dropping: { isDropping: true, to: "green" },
      };
      return words(waysFrom(past, base).back);
    };
    expect(back(2)).to.deep.equal(["deploy with blue active", "retire with green active"]);
    expect(back(undefined)).to.deep.equal([]);
    // A way back that was refused, as something was dropped, does not stand in the way of contract.
    const refusedBack = { release: releaseAt(base, { phase: "deploy", active: "blue" }), attempt: "refused" };
    const past: Past = { ...failed, entered: refusedBack, dropping: { isDropping: true, to: "green" } };
    expect(refusedByGate(past, releaseAt(base, { phase: "contract", active: "green" }))).to.deep.equal([]);
  });

  it("begin with the stage that did not finish", () => {
    const base = stable("blue-green", true);
    const past = stuck(
      releaseAt(base, { phase: "deploy", active: "blue" }),
      releaseAt(base, { phase: "switch", active: "green" }),
    );
    const ways = waysFrom(past, base);
    expect(usualNext(past, ways)).to.deep.equal({ phase: "switch", active: "green" });
    expect(usualBack(past, ways)).to.deep.equal({ phase: "deploy", active: "blue" });
  });

  it("go on going back where a way back did not finish", () => {
    const base = stable("blue-green", true);
    const past = stuck(
      releaseAt(base, { phase: "switch", active: "green" }),
      releaseAt(base, { phase: "deploy", active: "blue" }),
    );
    expect(isGoingBack(past)).to.equal(true);
    const ways = waysFrom(past, base);
    expect(usualBack(past, ways)).to.deep.equal({ phase: "deploy", active: "blue" });
    expect(usualNext(past, ways)).to.deep.equal({ phase: "switch", active: "green" });
  });

  it("begin with stable on a new stack", () => {
    const base = stable("canary", true);
    expect(waysFrom(NO_PAST, base)).to.deep.equal({
      again: null,
      next: [{ phase: "stable", active: "blue" }],
      back: [],
    });
  });
});
