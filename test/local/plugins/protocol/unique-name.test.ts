import { expect } from "chai";
import { uniqueName } from "../../../../local/plugins/protocol/unique-name.ts";
import { parseUrn } from "../../../../local/plugins/protocol/urn.ts";

describe("generated names", () => {
  it("are the same for the same seed, so that a preview shows what the update makes", () => {
    const seed = new Uint8Array([1, 2, 3]);
    expect(uniqueName(seed, "book-"))
      .to.equal(uniqueName(seed, "book-"))
      .and.to.match(/^book-[0-9a-f]{8}$/);
  });

  it("differ without a seed", () => {
    expect(uniqueName(new Uint8Array(), "book-")).not.to.equal(uniqueName(new Uint8Array(), "book-"));
  });

  it("start with the resource's name, of which the type's parents are no part", () => {
    const urn = "urn:pulumi:dev::shop::my:App$kubernetes:core/v1:Service::book::blue";
    expect(parseUrn(urn)).to.deep.equal({ type: "kubernetes:core/v1:Service", name: "book::blue" });
  });
});
