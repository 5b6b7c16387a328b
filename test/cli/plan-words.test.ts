import { expect } from "chai";
import { costOfGoingBack } from "../../cli/cost.ts";
import { stageWords } from "../../cli/plan-words.ts";
import type { Place } from "../../release/place.ts";
import type { Release } from "../../release/release.ts";
import type { Migration } from "../../schema/migration.ts";
import { readMigrations } from "../../schema/read-migrations.ts";
import { at, MIGRATIONS, stableBeforeRestore } from "../release/releases.ts";
import { after } from "./pasts.ts";

const BLUE = { active: "blue" } as const;
const GREEN = { active: "green" } as const;

describe("the plan of a release to an older schema", () => {
  let migrations: readonly Migration[];
  const base: Release = { ...stableBeforeRestore("blue-green"), migrations: MIGRATIONS.slice(0, 2) };

  before(async () => {
    migrations = await readMigrations("migrations");
  });

  const schemaWords = (from: Place, to: Place) =>
    stageWords(after(at(base, from)), at(base, to), migrations).steps.flatMap(({ sql }) =>
      sql.map(({ label }) => label),
    );

  const stages: readonly (readonly [from: Place, to: Place, words: RegExp])[] = [
    [
      { phase: "stable", ...BLUE },
      { phase: "expand", ...BLUE },
      /^Bring back what 0002-split-street dropped/,
    ],
    [{ phase: "expand", ...BLUE }, { phase: "backfill", ...BLUE }, /Fill what 0002-split-street dropped/],
    [{ phase: "deploy", ...BLUE }, { phase: "switch", ...GREEN }, /^Compare both forms of every row/],
    [
      { phase: "retire", ...GREEN },
      { phase: "contract", ...GREEN },
      /drop what 0002-split-street had added$/,
    ],
    [
      { phase: "backfill", ...BLUE },
      { phase: "stable", ...BLUE },
      /^Drop again what was brought back of 0002/,
    ],
  ];
  for (const [from, to, words] of stages) {
    it(`says in ${to.phase} after ${from.phase} what becomes of the migration`, () => {
      expect(schemaWords(from, to).join("\n")).to.match(words);
    });
  }

  it("tells that going back drops what was brought back, and not what the newer version needs", () => {
    expect(costOfGoingBack(at(base, { phase: "expand", ...BLUE }), { phase: "stable", ...BLUE })).to.match(
      /What was brought back of 0002-split-street is dropped/,
    );
  });
});
