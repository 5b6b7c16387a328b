import { expect } from "chai";
import type { DatabaseEvidence } from "../../../release/judge/evidence.ts";
import { judge } from "../../../release/judge/judge.ts";
import { beside, colour, FAILURES_ONLY } from "./evidences.ts";

describe("the judge of the database's signals", () => {
  const quiet: DatabaseEvidence = {
    sessions: 200,
    lockWaits: 2,
    statements: 200,
    slowStatements: 4,
    mismatches: 0,
  };
  const judged = (own: Partial<DatabaseEvidence>) =>
    judge(
      beside(25, colour(9000, 9, { database: quiet }), colour(3000, 3, { database: { ...quiet, ...own } })),
      FAILURES_ONLY,
    );

  it("lets a candidate pass that burdens the database as the baseline does, or that it is not read for", () => {
    expect(judged({}).verdict).to.equal("pass");
    expect(judged({ lockWaits: 8 }).verdict).to.equal("pass");
    expect(judge(beside(25, colour(9000, 9), colour(3000, 3)), FAILURES_ONLY).verdict).to.equal("pass");
  });

  it("fails a candidate under which old and new form disagree", () => {
    expect(judged({ mismatches: 1 })).to.include({
      verdict: "fail",
      sentence: "Old and new form disagree on 1 row",
    });
  });

  it("holds the rung while far more of its sessions wait for locks, or of its statements are slow", () => {
    expect(judged({ lockWaits: 40 })).to.deep.include({
      verdict: "inconclusive",
      missing: ["20 % of the candidate's sessions wait for a lock, against 1 % of the baseline's, limit 6 %"],
    });
    expect(judged({ slowStatements: 60 }).verdict).to.equal("inconclusive");
  });

  it("says nothing on a few samples", () => {
    expect(judged({ sessions: 10, lockWaits: 10 }).verdict).to.equal("pass");
  });
});
