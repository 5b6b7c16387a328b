import { expect } from "chai";
import { isMark, markFound, markWritten, type Completed } from "../../../protocol/state/marks.ts";
import { at, stable } from "../../release/releases.ts";

const release = at(stable("canary", true), { phase: "canary", active: "blue", weight: 5 });
const completed: Completed = {
  release,
  tested: { green: "registry/app@sha256:2" },
  origin: { release: stable("canary", true), tested: {} },
  attempt: "first",
  number: 2,
  clock: 1,
  jobs: { image: "registry/jobs@sha256:1", builtFrom: null, format: 2 },
};

describe("a mark of the stack's state", () => {
  it("is found as it was written", () => {
    expect(markFound("completed", markWritten("completed", completed))).to.deep.equal(completed);
    expect(markFound("entered", markWritten("entered", { release, attempt: "first" }))).to.deep.equal({
      release,
      attempt: "first",
    });
  });

  it("is found with all that another version has added, so that nothing of it is lost when it is written again", () => {
    const added = { ...completed, later: { known: true } };
    expect(markFound("completed", added)).to.deep.equal(added);
  });

  it("is understood as the version before has written it: without clock, format and texts", () => {
    const { clock: _, ...before } = {
      ...completed,
      jobs: { image: "registry/jobs@sha256:1", builtFrom: null },
    };
    expect(markFound("completed", before)).to.deep.equal(before);
  });

  it("is none on a new stack", () => {
    expect(markFound("contracting", undefined)).to.equal(null);
  });

  it("of another form is refused, with what is wrong and what to do", () => {
    expect(() => markFound("contracting", { isDropping: "yes", to: "green" })).to.throw(
      /Cannot read the mark "contracting" .*isDropping.* Nothing was changed; check out the version/s,
    );
  });

  it("is told from others by its resource's name", () => {
    expect(isMark("urn:pulumi:prod::shop::pulumi:index:Stash::entered", "entered")).to.equal(true);
    expect(isMark("urn:pulumi:prod::shop::pulumi:index:Stash::entered", "completed")).to.equal(false);
    const inside =
      "urn:pulumi:prod::shop::zero-downtime:components:VersionResources$pulumi:index:Stash::record-blue";
    expect(isMark(inside, "record-blue")).to.equal(true);
    expect(isMark(inside, "record-green")).to.equal(false);
  });
});
