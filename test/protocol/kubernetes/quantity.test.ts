import { expect } from "chai";
import { quantity, quantityText } from "../../../protocol/kubernetes/quantity.ts";

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
    for (const text of ["", "x", "5Xi", "1.2.3", "-1"]) expect(() => quantity(text)).to.throw(RangeError);
  });

  it("knows exponents, and does not take an exa for one", () => {
    expect(["1e3", "1E3", "2e-3", "1E", "1Ei", ".5", "1."].map(quantity)).to.deep.equal([
      1000,
      1000,
      0.002,
      1e18,
      2 ** 60,
      0.5,
      1,
    ]);
  });

  it("is written as people read it, by what it is of", () => {
    const texts: readonly (readonly [string, number, string])[] = [
      ["cpu", 0.1 + 0.2, "300m"],
      ["limits.cpu", 2, "2"],
      ["requests.memory", 1.5 * 2 ** 30, "1.5Gi"],
      ["memory", 64 * 2 ** 20, "64Mi"],
      ["requests.storage", 1000, "1000"],
      ["pods", 3, "3"],
      ["count/deployments.apps", 1, "1"],
      ["requests.nvidia.com/gpu", 1, "1"],
    ];
    for (const [resource, value, text] of texts) expect(quantityText(resource, value)).to.equal(text);
  });
});
