import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { inClear } from "./support/secrets/in-clear.ts";

const SECRET = 'tell-"no"-one/7%';
const packed = (text: string): string => gzipSync(text).toString("base64");
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("a secret in clear", () => {
  for (const [form, text] of [
    ["as it is", `MAP_KEY: ${SECRET}`],
    ["in base64", `data:\n  MAP_KEY: ${base64(SECRET)}\n`],
    ["in the base64 of a text around it", base64(`{"a":"${SECRET}"}`)],
    ["one byte further on", base64(` {"a":"${SECRET}"}`)],
    ["two bytes further on", base64(`  {"a":"${SECRET}"}`)],
    ["in JSON", JSON.stringify({ key: SECRET })],
    ["in a URL", `postgres://shop:${encodeURIComponent(SECRET)}@db/shop`],
    ["in compressed text", `{"objects":"${packed(JSON.stringify({ key: SECRET }))}"}`],
    ["in compressed text within compressed text", packed(packed(base64(`x${SECRET}`)))],
  ] as const) {
    it(`is found ${form}`, () => {
      expect(inClear({ there: text, elsewhere: "" }, { key: SECRET, other: "another-secret" })).to.deep.equal(
        ["key in there"],
      );
    });
  }

  it("is found in no text that only looks like it, and in none that is encrypted", () => {
    const texts = {
      half: SECRET.slice(0, 8),
      broken: `H4sI${"A".repeat(40)}`,
      sealed: "v1:c2VjcmV0:9rT+xw==",
    };
    expect(inClear(texts, { key: SECRET })).to.deep.equal([]);
  });

  it("is too short to be looked for where it may be there by chance", () => {
    expect(() => inClear({}, { key: "secret" })).to.not.throw();
    expect(() => inClear({ there: "" }, { key: "secret" })).to.throw(
      "Cannot look for a secret of 6 characters",
    );
  });
});
