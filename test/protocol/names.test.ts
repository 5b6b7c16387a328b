import { expect } from "chai";
import { jobName, jobTitle } from "../../protocol/names.ts";

describe("the name of a stage's Job", () => {
  for (const title of ["probe", "ready-blue", "schema-0002-split-street-filled"])
    it(`tells the title ${title} again`, () => {
      expect(jobTitle("address-book", jobName("address-book", title, 1_767_225_600_000, "0a1b2c"))).to.equal(
        title,
      );
    });

  it("is another for another attempt, and for other content", () => {
    const names = [
      jobName("shop", "probe", 1, "0a1b2c"),
      jobName("shop", "probe", 2, "0a1b2c"),
      jobName("shop", "probe", 1, "ffffff"),
    ];
    expect(new Set(names).size).to.equal(3);
  });
});
