import { expect } from "chai";
import * as fc from "fast-check";
import { containsPath, formatPath, parsePath } from "../../../../local/plugins/protocol/property-path.ts";

describe("property paths", () => {
  it("are parsed to what they were written from", () => {
    const name = fc.string({ unit: "grapheme-ascii", minLength: 1 }).filter((text) => !text.includes("\\"));
    const part = fc.oneof(name, fc.nat(50));
    fc.assert(
      fc.property(name, fc.array(part, { maxLength: 5 }), (first, rest) => {
        expect(parsePath(formatPath([first, ...rest]))).to.deep.equal([first, ...rest]);
      }),
    );
  });

  it("name keys with dots in brackets, as the engine does", () => {
    const path = ["metadata", "annotations", "pulumi.com/skipAwait"];
    expect(formatPath(path)).to.equal('metadata.annotations["pulumi.com/skipAwait"]');
    expect(formatPath(["spec", "ports", 0, "port"])).to.equal("spec.ports[0].port");
  });

  it("contain themselves and what is below them, with * for any one part", () => {
    expect(containsPath(["spec"], ["spec", "replicas"])).to.equal(true);
    expect(containsPath(["spec", "*", "image"], ["spec", 0, "image"])).to.equal(true);
    expect(containsPath(["spec", "replicas"], ["spec"])).to.equal(false);
  });

  it("are refused when a bracket stays open", () => {
    expect(() => parsePath("spec[0")).to.throw(SyntaxError);
  });
});
