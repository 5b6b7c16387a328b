import { expect } from "chai";
import * as fc from "fast-check";
import {
  decode,
  encode,
  hasSecret,
  hasUnknown,
  reveal,
  Secret,
  UNKNOWN,
  type Value,
} from "../../../../local/plugins/protocol/values.ts";

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.constant(UNKNOWN),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    tie("value").map((value) => new Secret(value)),
  ),
}));

describe("property values", () => {
  it("survive the way over the wire, secrets and unknowns included", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decode(JSON.parse(JSON.stringify(encode(value))))).to.deep.equal(value);
      }),
    );
  });

  it("hold no secret once they are revealed, and are unknown where they were", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(hasSecret(reveal(value))).to.equal(false);
        expect(hasUnknown(reveal(value))).to.equal(hasUnknown(value));
      }),
    );
  });

  it("read an output that is known and secret as a secret, and one without a value as unknown", () => {
    const signature = { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
    expect(decode({ ...signature, value: 1, secret: true })).to.deep.equal(new Secret(1));
    expect(decode({ ...signature })).to.equal(UNKNOWN);
  });
});
