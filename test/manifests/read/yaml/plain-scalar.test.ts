import { expect } from "chai";
import { readPlain } from "../../../../manifests/read/yaml/plain-scalar.ts";

const value = (text: string) => readPlain(text).problem ?? readPlain(text);

describe("a scalar without quotes", () => {
  it("is read as kubectl reads it", () => {
    const read: Record<string, unknown> = {
      yes: true,
      On: true,
      y: true,
      OFF: false,
      n: false,
      "": null,
      "~": null,
      Null: null,
      "0755": 493,
      "0o17": 15,
      "0x1F": 31,
      "0b11": 3,
      "1_000": 1000,
      "-5": -5,
      "08": 8,
      "1.50": 1.5,
      "1e3": 1000,
      ".5": 0.5,
    };
    for (const [text, expected] of Object.entries(read))
      expect(value(text), text).to.deep.equal({ value: expected });
  });

  it("is text where kubectl takes it for text", () => {
    for (const text of [
      "12:30",
      "2024-01-01",
      "2024-01-01T10:00:00Z",
      "1.2.3",
      "v1",
      "yES",
      "250m",
      "1Gi",
      "-",
      "+",
      "12e999",
      "0x",
      "10.0.0.1",
    ])
      expect(value(text), text).to.deep.equal({ value: text });
  });

  it("that JSON cannot hold as a number is refused", () => {
    expect(value("12345678901234567890")).to.equal("it is too large to be kept exactly");
    expect(value(".inf")).to.equal("JSON has no number for it");
  });
});
