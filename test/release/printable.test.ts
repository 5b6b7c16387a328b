import { expect } from "chai";
import fc from "fast-check";
import { printable, printableIn, printableLines, printablePainted } from "../../release/printable.ts";

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

describe("Text of others' making", () => {
  it("holds no control character once it is printable, and is the same text where it held none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const shown = printable(text);
        expect(shown).not.to.match(CONTROL);
        if (!CONTROL.test(text) && !/[\u061c\u200e\u200f]/.test(text)) expect(shown).to.equal(text);
      }),
    );
  });

  it("keeps its lines where it may have several", () => {
    expect(printableLines("one\r\n\u001b[2Jtwo\n\tthree")).to.equal("one\n\\u001b[2Jtwo\n\\tthree");
  });

  it("keeps the colours of our own words, and no other sequence", () => {
    expect(printablePainted("\u001b[31mred\u001b[39m \u001b[2J\u001b]0;title\u0007")).to.equal(
      "\u001b[31mred\u001b[39m \\u001b[2J\\u001b]0;title\\u0007",
    );
  });

  it("is made printable wherever it is in a value", () => {
    const value = { summary: "a\u0007", facts: { list: ["b\u009b", 1, null], more: { c: "\u202ec" } } };
    expect(printableIn(value)).to.deep.equal({
      summary: "a\\u0007",
      facts: { list: ["b\\u009b", 1, null], more: { c: "\\u202ec" } },
    });
  });
});
