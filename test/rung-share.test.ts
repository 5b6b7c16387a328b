import { expect } from "chai";
import { isOffItsWeight } from "./rehearsal/share.ts";

describe("the share of a rung, as its users count it", () => {
  const of50000 = (candidate: number) => isOffItsWeight({ weight: 1, answers: 50_000, candidate });

  it("may lie off its weight by chance, about four standard deviations either way", () => {
    for (const candidate of [412, 500, 590]) expect(of50000(candidate), `${candidate}`).to.equal(false);
  });

  it("is off its weight beyond that", () => {
    for (const candidate of [0, 395, 615, 2_500, 50_000])
      expect(of50000(candidate), `${candidate}`).to.equal(true);
  });

  it("is not known from hardly any answers", () => {
    expect(isOffItsWeight({ weight: 1, answers: 10, candidate: 0 })).to.equal(false);
    expect(isOffItsWeight({ weight: 50, answers: 2, candidate: 2 })).to.equal(false);
  });
});
