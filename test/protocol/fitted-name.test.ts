import { expect } from "chai";
import { fittedName } from "../../protocol/fitted-name.ts";

describe("a name where there is little room", () => {
  it("stays what it is where it fits", () => {
    expect(fittedName("shop", 27)).to.equal("shop");
    expect(fittedName("s".repeat(27), 27)).to.equal("s".repeat(27));
  });

  it("is its beginning with a digest of the whole where it does not", () => {
    const name = "rel-prometheus-blackbox-exporter";
    const fitted = fittedName(name, 27);
    expect(fitted).to.match(/^rel-prometheus-black-[0-9a-f]{6}$/);
    expect(fitted).to.equal(fittedName(name, 27));
    expect(fittedName(`${name}-internal`, 27)).not.to.equal(fitted);
  });

  it("stays a label of DNS, wherever it is cut", () => {
    const name = "my--release-of-the-corner-shop-for-everybody";
    for (let most = 9; most < name.length; most += 1) {
      const fitted = fittedName(name, most);
      expect(fitted).to.match(/^[a-z]([a-z0-9-]*[a-z0-9])$/);
      expect(fitted).not.to.match(/--[0-9a-f]{6}$/);
      expect(fitted.length).to.be.at.most(most);
    }
  });
});
