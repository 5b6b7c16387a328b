import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { valueIn, withPlace, withSlot } from "../../../cli/stack/config-file.ts";

const FILE = `# The shop.
encryptionsalt: v1:abc=
config:
  # who serves
  zero-downtime:active:   blue # by hand
  zero-downtime:phase: "stable"

  zero-downtime:blue: { version: 1.0.0,   image: registry/shop@sha256:aaa, schema: 0001-first }
  zero-downtime:green:
    version: 2.0.0 # the big one
    image: registry/shop@sha256:bbb
  zero-downtime:app:
      name: shop     # odd indent
`;

describe("the stack's config file", () => {
  it("keeps every character but the values that a move sets", () => {
    const edited = withPlace(FILE, { phase: "switch", active: "green" });
    expect(edited).to.equal(
      FILE.replace("active:   blue #", "active:   green #").replace('"stable"', "switch"),
    );
  });

  it("is untouched where it says so already", () => {
    expect(withPlace(FILE, { phase: "stable", active: "blue" })).to.equal(FILE);
  });

  it("gains a key that is not there, with all comments kept", () => {
    const edited = withPlace(FILE, { phase: "canary", active: "blue", weight: 5 });
    expect(valueIn(edited, ["weight"])).to.equal(5);
    for (const comment of ["# The shop.", "# who serves", "# by hand", "# the big one", "# odd indent"])
      expect(edited).to.include(comment);
  });

  it("sets a candidate in flow and in block style", () => {
    const slot = { version: "2.10", image: "registry/shop@sha256:ccc", schema: "0002-second" };
    for (const colour of ["blue", "green"] as const) {
      const edited = withSlot(FILE, colour, slot);
      expect(valueIn(edited, [colour])).to.deep.equal(slot);
      expect(edited).to.include("# by hand");
    }
  });

  it("forgets the schema of a candidate that has none", () => {
    const edited = withSlot(FILE, "blue", { version: "3.0.0", image: "registry/shop@sha256:ccc" });
    expect(valueIn(edited, ["blue"])).to.deep.equal({ version: "3.0.0", image: "registry/shop@sha256:ccc" });
  });

  it("takes any version as the text that it is", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\w[\w.+-]{0,20}$/), (version) => {
        const edited = withSlot(FILE, "green", { version, image: "x@sha256:1" });
        expect(valueIn(edited, ["green", "version"])).to.equal(version);
        expect(valueIn(edited, ["phase"])).to.equal("stable");
      }),
    );
  });

  it("begins from nothing", () => {
    const edited = withPlace("", { phase: "stable", active: "blue" });
    expect(parse(edited)).to.deep.equal({
      config: { "zero-downtime:active": "blue", "zero-downtime:phase": "stable" },
    });
  });

  it("names a file that is no YAML", () => {
    expect(() => withPlace("config: [", { phase: "stable", active: "blue" })).to.throw(/no YAML/);
  });
});
