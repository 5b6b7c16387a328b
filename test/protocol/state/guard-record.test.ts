import { expect } from "chai";
import { keptIn, verdictData, watchOf, type Written } from "../../../protocol/state/guard-record.ts";
import { NO_COURSE } from "../../../release/traffic-history.ts";
import { recordOf } from "../../release/records.ts";

const written: Written & { readonly shared: null } = {
  record: recordOf("registry/app@sha256:2", { "5": "pass" }),
  stage: {
    active: { colour: { requests: { count: 7, failures: 1 } } },
    candidate: { colour: { requests: null } },
  },
  course: NO_COURSE,
  shared: null,
};

describe("what a guard has written", () => {
  it("is what the next guard goes on from, to the last key", () => {
    expect(keptIn(verdictData(written))).to.deep.equal(written);
  });

  it("is what a report reads, as far as it goes", () => {
    const watch = watchOf(verdictData(written));
    expect(watch?.record.stages["5"]?.judgement.verdict).to.equal("pass");
    expect(watch?.memory?.stage.active.colour.requests).to.deep.equal({ count: 7, failures: 1 });
  });

  it("is nothing where no guard has written yet, and no memory where one has kept its verdict alone", () => {
    const { verdict } = verdictData(written);
    expect([keptIn({}), watchOf({})]).to.deep.equal([null, null]);
    expect([keptIn({ verdict }), watchOf({ verdict })?.memory]).to.deep.equal([null, null]);
  });
});
