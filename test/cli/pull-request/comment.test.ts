import { expect } from "chai";
import fc from "fast-check";
import { comment, MARKER } from "../../../cli/pull-request/comment.ts";
import { isRefused, type PullRequestParts, type StackPart } from "../../../cli/pull-request/comment-data.ts";

const LIMIT = 65_536;

const STACK: StackPart = {
  stack: "production",
  plan: ["expand with blue active: adds columns", "   1. Expand the schema"],
  refusals: [],
  diff: "+ kubernetes:batch/v1:Job: (create)\n    metadata: {}",
  changes: { create: 2, update: 1, same: 12 },
};

const parts = (changes: Partial<StackPart> = {}, more: Partial<PullRequestParts> = {}): PullRequestParts => ({
  stacks: [{ ...STACK, ...changes }],
  lint: {
    lines: ["0002-split-street expand.sql:1 ACCESS EXCLUSIVE on address, for a moment"],
    isBroken: false,
  },
  commit: "0123456789ab",
  ...more,
});

const diffOf = (lines: number) =>
  Array.from({ length: lines }, (_, at) => `+ resource ${at}: (create)`).join("\n");

describe("The comment of a pull request", () => {
  it("tells the plan and the lint in the open, and folds the diff of resources away", () => {
    expect(comment(parts(), LIMIT)).to.equal(
      [
        MARKER,
        "## Next stage: `production`",
        "```text\nexpand with blue active: adds columns\n   1. Expand the schema\n```",
        "<details><summary>Resources: 2 to create, 1 to update</summary>",
        "```diff\n+ kubernetes:batch/v1:Job: (create)\n    metadata: {}\n```",
        "</details>",
        "## Migrations",
        "```text\n0002-split-street expand.sql:1 ACCESS EXCLUSIVE on address, for a moment\n```",
        "<sub>Of commit 0123456789ab; updated in place.</sub>",
      ].join("\n\n"),
    );
  });

  it("begins with the refusal where the move is illegal, and has no plan then", () => {
    const refused = parts({
      plan: [],
      refusals: ["Cannot go to deploy …", "Nothing was changed."],
      diff: "",
    });
    const text = comment(refused, LIMIT);
    expect(text).to.include("## Refused: `production`");
    expect(text).to.include("```text\nCannot go to deploy …\nNothing was changed.\n```");
    expect(text).to.not.include("Next stage");
    expect(isRefused(refused)).to.equal(true);
  });

  it("says so where merging changes nothing", () => {
    expect(comment(parts({ changes: { same: 15 } }), LIMIT)).to.include("Merging this changes no resource.");
    expect(comment(parts(), LIMIT)).to.not.include("Merging this changes no resource.");
  });

  it("has a section for each stack", () => {
    const two = parts({}, { stacks: [STACK, { ...STACK, stack: "staging" }] });
    expect(comment(two, LIMIT).match(/## Next stage: `(production|staging)`/g)).to.have.length(2);
  });

  it("cuts a long diff at the end of a line, says so, and keeps plan and lint whole", () => {
    const long = diffOf(10_000);
    const text = comment(parts({ diff: long }), LIMIT);
    expect(text.length).to.be.within(LIMIT - 200, LIMIT);
    expect(text).to.match(
      /\n\+ resource \d+: \(create\)\n… cut: \d+ of 10000 lines are shown; the run's log has the whole diff\n```/,
    );
    expect(text).to.include("   1. Expand the schema");
    expect(text).to.include("ACCESS EXCLUSIVE on address");
  });

  it("lets nothing in a text end its block", () => {
    const text = comment(parts({ diff: "before\n````\n@everyone\n````\nafter" }), LIMIT);
    expect(text).to.include("`````diff\nbefore\n````\n@everyone\n````\nafter\n`````");
  });

  it("is never longer than the host takes, whatever it is about", () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom("a", "`", "\n", " ", "é"), maxLength: 400 }), {
      maxLength: 60,
    });
    const stack = fc.record({
      stack: fc.string({ minLength: 1, maxLength: 60 }),
      plan: lines,
      refusals: lines,
      diff: lines.map((all) => all.join("\n")),
      changes: fc.constant({ create: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(stack, { minLength: 1, maxLength: 5 }),
        lines,
        fc.integer({ min: 6_000, max: 20_000 }),
        (stacks, lint, limit) => {
          const text = comment({ stacks, lint: { lines: lint, isBroken: true }, commit: null }, limit);
          expect(text.length).to.be.at.most(limit);
          expect(text.startsWith(MARKER)).to.equal(true);
        },
      ),
    );
  });
});
