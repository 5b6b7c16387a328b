import { expect } from "chai";
import { quantity } from "../../../protocol/kubernetes/quantity.ts";

describe("quantity", () => {
  it("knows the units of CPU and memory, and refuses what is none", () => {
    expect(["2", "100m", "3u", "5n", "1Gi", "2k"].map(quantity)).to.deep.equal([
      2,
      0.1,
      3e-6,
      5e-9,
      2 ** 30,
      2000,
    ]);
    for (const text of ["", "x", "5Xi"]) expect(() => quantity(text)).to.throw(RangeError);
  });
});
