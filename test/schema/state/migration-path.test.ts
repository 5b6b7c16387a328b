import { expect } from "chai";
import fc from "fast-check";
import type { Ledger, MigrationState } from "../../../schema/state/catalog.ts";
import { restoredBy, restoreOf } from "../../../schema/sql/names.ts";
import { route, type Leg } from "../../../schema/state/migration-path.ts";

const IDS = ["0001-a", "0002-b", "0003-c"] as const;
const FILES = { "migration.yaml": "", "expand.sql": "" };

function ledger(states: Readonly<Partial<Record<string, MigrationState>>>): Ledger {
  const migrations = Object.fromEntries(
    Object.entries(states).flatMap(([id, state]) =>
      state === undefined ? [] : [[id, { state, files: FILES, steps: [] }]],
    ),
  );
  return { number: 1, migrations, events: {} };
}

const states = fc.record(
  Object.fromEntries(
    IDS.map((id) => [
      id,
      fc.option(
        fc.constantFrom<MigrationState>("expanding", "expanded", "filled", "contracting", "finished"),
        { nil: undefined },
      ),
    ]),
  ),
);

/** The ledger after all legs have been gone. */
function arrive(from: Ledger, legs: readonly Leg[]): Record<string, MigrationState | undefined> {
  const result: Record<string, MigrationState | undefined> = {};
  for (const [id, { state }] of Object.entries(from.migrations)) result[id] = state;
  const after = { expand: "expanded", fill: "filled", contract: "finished" } as const;
  for (const { migration, move } of legs) {
    if (move === "undo") delete result[migration];
    else if (move === "contract" && restoredBy(migration) !== null) {
      delete result[migration];
      delete result[restoredBy(migration) ?? ""];
    } else if (
      move !== "verify" &&
      move !== "give-up" &&
      !(move === "expand" && result[migration] === "filled")
    )
      result[migration] = after[move];
  }
  return result;
}

describe("route()", () => {
  it("leads to base with every migration up to it finished and no later one, or refuses", () => {
    fc.assert(
      fc.property(states, fc.constantFrom(null, ...IDS), (given, to) => {
        const from = ledger(given);
        const planned = route({ goal: "base", from: to, to, known: IDS, ledger: from });
        if ("refusal" in planned) {
          const later = IDS.filter((id) => to === null || id > to);
          expect(later.some((id) => ["contracting", "finished"].includes(given[id] ?? ""))).to.equal(true);
          return;
        }
        const result = arrive(from, planned.legs);
        for (const id of IDS) expect(result[id]).to.equal(to !== null && id <= to ? "finished" : undefined);
      }),
    );
  });

  it("leads to base from any way back that was begun, giving it up or ending it, or refuses", () => {
    const begun = fc.constantFrom<MigrationState | undefined>(
      ...([undefined, "expanding", "expanded", "filled", "contracting"] as const),
    );
    fc.assert(
      fc.property(fc.tuple(begun, begun, begun), fc.constantFrom(null, ...IDS), (restoring, to) => {
        const given: Record<string, MigrationState | undefined> = {};
        for (const [index, id] of IDS.entries()) {
          given[id] = "finished";
          given[restoreOf(id)] = restoring[index];
        }
        const planned = route({ goal: "base", from: to, to, known: IDS, ledger: ledger(given) });
        const isNeeded = (id: string) => to !== null && id <= to;
        if ("refusal" in planned) {
          const isInTheWay = IDS.some((id, index) =>
            isNeeded(id)
              ? restoring[index] === "contracting"
              : !["filled", "contracting"].includes(restoring[index] ?? ""),
          );
          expect(isInTheWay).to.equal(true);
          return;
        }
        const result = arrive(ledger(given), planned.legs);
        for (const id of IDS) {
          expect(result[id]).to.equal(isNeeded(id) ? "finished" : undefined);
          expect(result[restoreOf(id)]).to.equal(undefined);
        }
      }),
    );
  });

  it("takes migrations back the last first, and what has ended is left out", () => {
    const back = (goal: "expanded" | "filled" | "contracted", given: Ledger) =>
      route({ goal, from: "0003-c", to: "0001-a", known: IDS, ledger: given });
    const finished = { "0001-a": "finished", "0002-b": "finished", "0003-c": "finished" } as const;
    expect(back("expanded", ledger(finished))).to.deep.equal({
      legs: [
        { move: "expand", migration: "0003-c.restore" },
        { move: "expand", migration: "0002-b.restore" },
      ],
    });
    const half = ledger({ "0001-a": "finished", "0002-b": "finished", "0002-b.restore": "filled" });
    const restored = { at: "", secondsAgo: 1, number: 1 };
    expect(back("contracted", { ...half, events: { restored } })).to.deep.equal({
      legs: [
        { move: "verify", migration: "0002-b.restore" },
        { move: "contract", migration: "0002-b.restore" },
      ],
    });
  });

  it("never adds anew what a migration has begun to drop, and undoes nothing that has dropped", () => {
    fc.assert(
      fc.property(
        states,
        fc.constantFrom("base", "expanded", "filled", "verified", "contracted" as const),
        fc.constantFrom(null, ...IDS),
        fc.constantFrom(null, ...IDS),
        (given, goal, from, to) => {
          const planned = route({ goal, from, to, known: IDS, ledger: ledger(given) });
          if ("refusal" in planned) return;
          for (const { migration, move } of planned.legs) {
            const dropping = ["contracting", "finished"].includes(given[migration] ?? "");
            if (dropping) expect(move).to.be.oneOf(["contract", "verify"]);
          }
        },
      ),
    );
  });

  it("goes forward in order and back in reverse", () => {
    const forward = route({
      goal: "expanded",
      from: "0001-a",
      to: "0003-c",
      known: IDS,
      ledger: ledger({ "0001-a": "finished" }),
    });
    expect(forward).to.deep.equal({
      legs: [
        { move: "expand", migration: "0002-b" },
        { move: "expand", migration: "0003-c" },
      ],
    });
    const back = route({
      goal: "base",
      from: "0001-a",
      to: "0001-a",
      known: ["0001-a"],
      ledger: ledger({ "0001-a": "finished", "0002-b": "filled", "0003-c": "expanded" }),
    });
    expect(back).to.deep.equal({
      legs: [
        { move: "undo", migration: "0003-c" },
        { move: "undo", migration: "0002-b" },
      ],
    });
  });

  const refusals: readonly (readonly [
    title: string,
    request: Partial<Parameters<typeof route>[0]>,
    reason: RegExp,
  ])[] = [
    ["a migration that nobody knows", { to: "0009-x" }, /0009-x is neither in the image nor in the ledger/],
    [
      "to take back what is not finished",
      { from: "0002-b", to: "0001-a" },
      /must be finished before it can be taken back: 0002-b is not there\. Complete the stage stable first/,
    ],
    [
      "to go forward over a way back that has begun",
      { ledger: ledger({ "0001-a": "finished", "0001-a.restore": "filled" }) },
      /a later migration has begun: 0001-a\.restore is filled\. Go back to stable first/,
    ],
    [
      "to keep a migration whose way back has begun to drop",
      {
        goal: "base",
        ledger: ledger({ "0001-a": "finished", "0002-b": "finished", "0002-b.restore": "contracting" }),
      },
      /taking 0002-b back has begun to drop what it had added/,
    ],
    [
      "an active schema that is not finished",
      { from: "0002-b", to: "0003-c" },
      /0002-b is not there\. Complete the stage stable first/,
    ],
    [
      "a later migration that has begun",
      { to: "0002-b", ledger: ledger({ "0001-a": "finished", "0003-c": "filled" }) },
      /0003-c is filled\. Go back to stable first/,
    ],
    [
      "to verify what is not filled",
      { goal: "verified", to: "0002-b" },
      /0002-b must be filled: it is not there\. Complete the stage backfill first/,
    ],
    [
      "to contract what is not filled",
      { goal: "contracted", to: "0002-b", ledger: ledger({ "0001-a": "finished", "0002-b": "expanded" }) },
      /0002-b must be filled: it is expanded/,
    ],
  ];
  for (const [title, parts, reason] of refusals) {
    it(`refuses ${title}`, () => {
      const planned = route({
        goal: "expanded",
        from: "0001-a",
        to: "0002-b",
        known: IDS,
        ledger: ledger({ "0001-a": "finished" }),
        ...parts,
      });
      expect(planned).to.have.property("refusal").that.matches(reason);
    });
  }
});
