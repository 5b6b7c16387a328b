import { expect } from "chai";
import fc from "fast-check";
import type { Ledger, MigrationState } from "../../schema/facts.ts";
import { route, type Leg } from "../../schema/route.ts";

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
    else if (move !== "verify" && !(move === "expand" && result[migration] === "filled"))
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
      "an older schema than the active one's",
      { from: "0002-b", to: "0001-a" },
      /must not be older than the active one's/,
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
