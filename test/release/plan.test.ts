import { expect } from "chai";
import fc from "fast-check";
import { reached } from "../../release/moves/point-of-no-return.ts";
import { withLogins } from "../../release/database/logins.ts";
import type { Strategy } from "../../release/phases.ts";
import { describePlace, isSamePlace, placeOf } from "../../release/place.ts";
import { moves } from "../../release/moves/moves.ts";
import { plan, schemaState, type Standing } from "../../release/plan.ts";
import { refusals } from "../../release/moves/refusals.ts";
import { pendingMigrations, type Colour, type Release } from "../../release/release.ts";
import { needsVerdict } from "../../release/verdict.ts";
import { words } from "./plan-words.ts";
import { allPlaces, anyStable, at, MIGRATIONS, stable, stableBeforeRestore } from "./releases.ts";
import { Stack, walked, walks } from "./stack.ts";

describe("plan", () => {
  it("takes a database for new until a stage with one has completed", () => {
    const withDatabase = stable("blue-green", false);
    const without = { ...withDatabase, settings: {} };
    const standing = (release: Release): Standing => ({ release, tested: {} });
    expect(plan(withDatabase, null).isDatabaseNew).to.equal(true);
    expect(plan(withDatabase, standing(without)).isDatabaseNew).to.equal(true);
    expect(plan(withDatabase, standing(withDatabase)).isDatabaseNew).to.equal(false);
  });

  it("keeps ready pods of a matching schema wherever traffic goes or may go back to, whatever fails in any walk", () => {
    fc.assert(
      fc.property(anyStable, walks, (base, walk) => {
        walked(base, walk);
      }),
      { numRuns: 3000 },
    );
  });

  it("leaves a legal move that goes through, whatever failed, and whether or not contract dropped anything", () => {
    fc.assert(
      fc.property(anyStable, fc.boolean(), walks, (base, isLate, walk) => {
        const all = allPlaces(base);
        const early = isLate
          ? all.slice(1).filter(({ phase }) => !["contract", "stable"].includes(phase))
          : [];
        const { entered, completed, world } = walked(base, walk, early);
        const known = [reached(entered, world.dropping) ?? base, completed?.release ?? base];
        const places = known.flatMap((release) => {
          const { next, back } = moves(release, false);
          return [placeOf(release), ...next, ...back];
        });
        const goesThrough = places.some((place) => {
          const stack = walked(base, walk, early);
          const release = at(base, place);
          return stack.up(release, 99) && stack.completed?.release === release;
        });
        expect(goesThrough, describePlace(placeOf(entered ?? base))).to.equal(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("leads back to stable by legal moves from every stage before the drop, and forward from every stage", () => {
    fc.assert(
      fc.property(anyStable, fc.nat(), (base, index) => {
        const places = allPlaces(base).filter((release) => release.phase !== "contract");
        const start = places[index % places.length] ?? base;
        for (const way of ["back", "next"] as const) {
          let release = start;
          for (let step = 0; release.phase !== "stable" && step < 20; step++) {
            const place = moves(release, release.phase === "contract")[way][0];
            if (!place) expect.fail(`no way ${way} from ${describePlace(placeOf(release))}`);
            expect(
              refusals(release, release, at(base, place), { dropping: false, recover: false }),
            ).to.deep.equal([]);
            release = at(base, place);
          }
          expect(release.phase, describePlace(placeOf(start))).to.equal("stable");
        }
      }),
    );
  });

  it("is the same for an unchanged release, so that an unchanged up changes nothing", () => {
    fc.assert(
      fc.property(anyStable, fc.nat(), (base, index) => {
        const places = allPlaces(base);
        const at1 = index % places.length;
        const origin = at1 === 0 ? null : { release: places[at1 - 1] ?? base, tested: {} };
        const release = places[at1] ?? base;
        expect(plan(release, origin)).to.deep.equal(plan(structuredClone(release), structuredClone(origin)));
      }),
    );
  });

  it("writes the entrance once in every stage, with the weights that the stage is known by", () => {
    fc.assert(
      fc.property(anyStable, fc.nat(), fc.option(fc.nat()), (base, one, two) => {
        const places = allPlaces(base);
        const release = places[one % places.length] ?? base;
        const origin = two === null ? null : (places[two % places.length] ?? base);
        const { steps, weights } = plan(release, origin && { release: origin, tested: {} });
        const written = steps.flatMap((step) => (step.do === "traffic" ? [step] : []));
        expect(written.map((step) => step.weights)).to.deep.equal([weights]);
        const { from, to } = release;
        const share = release.phase === "canary" ? { from, to, weight: release.weight } : null;
        expect(written.map((step) => step.rung)).to.deep.equal([share]);
      }),
    );
  });

  it("puts image and schema first on a new stack, where the first pods need them", () => {
    expect(words(stable("blue-green", true), null)).to.deep.equal([
      "pull 1.0.0",
      "schema base",
      "run blue",
      "ready blue",
      "smoke blue",
      "warm-up blue",
      "logged-in blue",
      "traffic",
      "probe blue",
    ]);
  });

  it("sees the candidate log in right after its tests, and asks nothing of a version that has served", () => {
    const base = stable("blue-green", false);
    const deploy = at(base, { phase: "deploy", active: "blue" });
    const from = (release: Release): Standing => ({ release, tested: {} });
    const logins = (release: Release, origin: Standing | null) =>
      words(release, origin).filter((word) => word.startsWith("logged-in"));
    expect(words(deploy, from(base)).slice(-5)).to.deep.equal([
      "ready green",
      "smoke green",
      "warm-up green",
      "logged-in green",
      "verdict",
    ]);
    // Tested already, and not changed since.
    const known = { release: deploy, tested: { green: base.to?.image ?? "" } };
    expect(logins(deploy, known)).to.deep.equal([]);
    const retire = at(base, { phase: "retire", active: "green" });
    expect(words(deploy, from(retire))).to.include("smoke blue");
    expect(logins(deploy, from(retire))).to.deep.equal([]);
    const canary = stable("canary", false);
    const down = words(
      at(canary, { phase: "canary", active: "blue", weight: 25 }),
      from(at(canary, { phase: "canary", active: "blue", weight: 50 })),
    );
    expect(down).to.include("smoke green").and.not.include("logged-in green");
    const rolling = stable("rolling", false);
    const roll = at(rolling, { phase: "roll", active: "green" });
    expect(logins(roll, from(rolling))).to.deep.equal(["logged-in rolling"]);
    expect(logins(rolling, from(roll))).to.deep.equal([]);
  });

  it("sees pods gone where it cannot see a login, and only in a stage that removes what they may use", () => {
    const base = (strategy: Strategy, withSchemaChange: boolean) => {
      const plain = stable(strategy, withSchemaChange);
      const database = { host: "db", logins: "application" as const };
      return withLogins({ ...plain, settings: { ...plain.settings, database } }, null);
    };
    const tail = (release: Release, origin: Release, count: number) =>
      words(release, { release: origin, tested: {} }).slice(-count);
    for (const strategy of ["blue-green", "rolling"] as const) {
      const start = base(strategy, true);
      const workload = (colour: Colour) => (strategy === "rolling" ? "rolling" : colour);
      const backfill = at(start, { phase: "backfill", active: "blue" });
      const contract = at(start, { phase: "contract", active: "green" });
      const before = at(start, {
        phase: strategy === "rolling" ? "roll" : "deploy",
        active: strategy === "rolling" ? "green" : "blue",
      });
      expect(tail(backfill, before, 1)).to.deep.equal([`gone ${workload("green")}`]);
      expect(tail(start, backfill, 2)).to.deep.equal([`gone ${workload("green")}`, "schema base"]);
      expect(tail(contract, before, 4)).to.deep.equal([
        `gone ${workload("blue")}`,
        "schema contractible",
        "begin-dropping",
        "schema contracted",
      ]);
    }
    const start = base("blue-green", false);
    const [deploy, retire] = [
      at(start, { phase: "deploy", active: "blue" }),
      at(start, { phase: "retire", active: "green" }),
    ];
    expect(tail(retire, at(start, { phase: "switch", active: "green" }), 2)).to.deep.equal([
      "park blue",
      "gone blue",
    ]);
    // The candidate's pods end with this stage.
    expect(tail(start, deploy, 2)).to.deep.equal(["probe blue", "schema base"]);
  });

  it("recognises a stage before it acts, where the stack's state was lost in mid-release", () => {
    const base = stable("blue-green", true);
    const [first] = words(at(base, { phase: "switch", active: "green" }), null);
    expect(first).to.equal("schema recognised");
  });

  it("names both schemas to every Job of a release to an older one, and says that it takes a migration back", () => {
    const base = stableBeforeRestore("blue-green");
    const backfill = at(base, { phase: "backfill", active: "blue" });
    const [schema] = plan(backfill, { release: base, tested: {} }).steps.filter(
      ({ do: what }) => what === "schema",
    );
    expect(schema).to.include({ goal: "filled", from: MIGRATIONS[1], to: MIGRATIONS[0] });
    expect(schemaState(backfill)).to.equal("0002-split-street being taken back, filled");
    expect(schemaState(at(base, { phase: "stable", active: "green" }))).to.equal(MIGRATIONS[0]);
  });

  it("has a workload behind the entrance before another strategy gives it the traffic", () => {
    for (const [before, after] of [
      [stable("rolling", true), stable("canary", true)],
      [stable("blue-green", true, "green"), stable("rolling", true, "green")],
    ] as const) {
      const serving = Object.entries(plan(after, { release: before, tested: {} }).weights).filter(
        ([, weight]) => weight > 0,
      );
      expect(plan(before, null).weights).to.include.all.keys(serving.map(([workload]) => workload));
    }
  });

  it("never waits for the candidate on the way back from switch", () => {
    const base = stable("blue-green", true);
    const origin = {
      release: at(base, { phase: "switch", active: "green" }),
      tested: { blue: base.from.image },
    };
    expect(words(at(base, { phase: "deploy", active: "blue" }), origin)).to.deep.equal([
      "run blue",
      "ready blue",
      "traffic",
      "probe blue",
      "run green",
      "verdict",
    ]);
  });

  it("starts, tests and warms a parked colour before traffic returns to it", () => {
    const base = stable("blue-green", true);
    const origin = { release: at(base, { phase: "retire", active: "green" }), tested: {} };
    expect(words(at(base, { phase: "deploy", active: "blue" }), origin).slice(0, 5)).to.deep.equal([
      "run blue",
      "ready blue",
      "smoke blue",
      "warm-up blue",
      "traffic",
    ]);
  });

  it("parks a colour only after traffic and probe of the same attempt", () => {
    const base = stable("canary", true);
    const origin = { release: at(base, { phase: "switch", active: "green" }), tested: {} };
    expect(words(at(base, { phase: "retire", active: "green" }), origin)).to.deep.equal([
      "run green",
      "ready green",
      "verdict",
      "stop-guard",
      "guard-stopped",
      "traffic",
      "probe green",
      "park blue",
      "schema vacated",
    ]);
  });

  it("has a guard before the candidate gets more traffic, and after it gets less", () => {
    const base = stable("canary", false);
    const rung = (weight: number) => at(base, { phase: "canary", active: "blue", weight });
    const order = (from: Release, to: Release) =>
      words(to, { release: from, tested: { blue: base.from.image } }).filter((word) =>
        ["guard", "traffic"].includes(word),
      );
    expect(order(rung(5), rung(25))).to.deep.equal(["guard", "traffic"]);
    expect(order(rung(50), at(base, { phase: "switch", active: "green" }))).to.deep.equal([
      "guard",
      "traffic",
    ]);
    expect(order(rung(25), rung(5))).to.deep.equal(["traffic", "guard"]);
    expect(order(rung(25), at(base, { phase: "deploy", active: "blue" }))).to.deep.equal(["traffic"]);
  });

  it("makes the verdict's object before it writes traffic for a candidate, however the stage is entered", () => {
    for (const base of [stable("canary", true), stable("blue-green", false)])
      for (const release of allPlaces(base).filter(needsVerdict))
        for (const from of [null, ...allPlaces(base)]) {
          const order = words(release, from && { release: from, tested: {} });
          expect(order.indexOf("verdict"), order.join()).to.be.within(0, order.indexOf("traffic"));
        }
  });

  it("reads the verdict again before the candidate gets traffic, in canary and switch, and no other verdict", () => {
    const base = stable("canary", true);
    const rung = (weight: number) => at(base, { phase: "canary", active: "blue", weight });
    const judged = (from: Release, to: Release) =>
      plan(to, { release: from, tested: {} }).steps.flatMap((step) =>
        step.do === "ready" ? [`${step.slot.colour}${step.unlessFailed ? " unless failed" : ""}`] : [],
      );
    const inSwitch = at(base, { phase: "switch", active: "green" });
    expect(judged(rung(5), rung(25))).to.deep.equal(["blue", "green unless failed"]);
    expect(judged(rung(25), rung(5))).to.deep.equal(["blue", "green unless failed"]);
    expect(judged(rung(50), inSwitch)).to.deep.equal(["green unless failed", "blue"]);
    expect(judged(inSwitch, at(base, { phase: "deploy", active: "blue" }))).to.deep.equal(["blue"]);
    // The guard may still write traffic until it has ended, and only then is its verdict
    // the last one.
    expect(judged(inSwitch, at(base, { phase: "retire", active: "green" }))).to.deep.equal(["green"]);
  });

  it("has no guard before the colour to go back to is ready, where switch is repeated after a failed retire", () => {
    const base = stable("blue-green", false);
    const [to, left] = (["switch", "retire"] as const).map((phase) => at(base, { phase, active: "green" }));
    if (!to || !left) throw new Error("Cannot go on without both stages");
    const order = words(to, { release: left, tested: {} });
    expect(order.indexOf("ready blue")).to.be.above(order.indexOf("traffic"));
    expect(order.indexOf("guard")).to.be.above(order.indexOf("ready blue"));
  });

  it("has none there either where the way back from that retire failed, too, before it started the old pods", () => {
    const base = stable("blue-green", false);
    const [deploy, to, retire] = (
      [
        { phase: "deploy", active: "blue" },
        { phase: "switch", active: "green" },
        { phase: "retire", active: "green" },
      ] as const
    ).map((place) => at(base, place));
    if (!deploy || !to || !retire) throw new Error("Cannot go on without the stages");
    const stack = new Stack();
    for (const stage of [base, deploy, to]) expect(stack.up(stage, 99)).to.equal(true);
    const all = plan(retire, stack.completed).steps;
    const untilParked = all.findIndex((step) => step.do === "park") + 1;
    stack.up(retire, untilParked);
    stack.up(deploy, 0);
    expect(stack.world.pods.has("blue")).to.equal(false);
    expect(stack.up(to, 99)).to.equal(true);
    expect(stack.completed?.release.phase).to.equal("switch");
  });

  it("drops only after its check, in a stage that runs no old pod", () => {
    const base = stable("blue-green", true);
    const origin = { release: at(base, { phase: "retire", active: "green" }), tested: {} };
    expect(words(at(base, { phase: "contract", active: "green" }), origin).slice(-3)).to.deep.equal([
      "schema contractible",
      "begin-dropping",
      "schema contracted",
    ]);
  });

  it("compares every row before the candidate's first traffic, and asks the catalog before it gets more", () => {
    fc.assert(
      fc.property(anyStable, fc.nat(), fc.nat(), (base, one, two) => {
        const places = allPlaces(base);
        const origin = places[one % places.length] ?? base;
        const next = places[two % places.length] ?? base;
        if (!moves(origin, false).next.some((place) => isSamePlace(place, placeOf(next)))) return;
        const all = plan(next, { release: origin, tested: {} }).steps;
        const goals = all.flatMap((step) => (step.do === "schema" ? [step.goal] : []));
        const changes = next.phase !== "stable" && pendingMigrations(next).length > 0;
        if (next.phase === "deploy") expect(goals.includes("verified")).to.equal(changes);
        if (next.phase === "canary") expect(goals.includes("intact")).to.equal(changes);
        const before = all.slice(
          0,
          all.findIndex((step) => step.do === (next.phase === "roll" ? "run" : "traffic")),
        );
        const proven = before.some(
          (step) => step.do === "schema" && step.goal === (next.phase === "roll" ? "verified" : "intact"),
        );
        if (next.phase === "roll" || next.phase === "canary") expect(proven, next.phase).to.equal(changes);
      }),
    );
  });

  it("waits for no schema Job before the traffic of a way back", () => {
    fc.assert(
      fc.property(anyStable, fc.nat(), fc.nat(), (base, one, two) => {
        const places = allPlaces(base);
        const origin = places[one % places.length] ?? base;
        const next = places[two % places.length] ?? base;
        if (!moves(origin, false).back.some((place) => isSamePlace(place, placeOf(next)))) return;
        const all = plan(next, { release: origin, tested: {} }).steps;
        const traffic = all.findIndex((step) => step.do === "traffic");
        expect(
          all.slice(0, traffic).filter((step) => step.do === "schema" && step.goal !== "undropped"),
        ).to.deep.equal([]);
      }),
    );
  });
});
