import { expect } from "chai";
import { resolveDigest } from "../../../cli/cluster/resolve-digest.ts";
import { Trouble } from "../../../cli/cli-error.ts";
import { DIGEST, startRegistry, type RegistryDouble } from "../../support/registry-double.ts";

describe("a tag that somebody names", () => {
  let registry: RegistryDouble;
  before(async () => (registry = await startRegistry()));
  after(() => registry.end());

  async function troubleOf(image: string): Promise<Trouble> {
    try {
      await resolveDigest(image);
    } catch (error) {
      expect(error).to.be.instanceOf(Trouble);
      return error as Trouble;
    }
    expect.fail("a digest was found");
  }

  it("becomes the digest that its registry says", async () => {
    expect(await resolveDigest(`${registry.address}/shop:2`)).to.equal(`${registry.address}/shop@${DIGEST}`);
  });

  it("is refused where the registry has no such image", async () => {
    const { ending, message, advice } = await troubleOf(`${registry.address}/shop:gone`);
    expect(ending).to.equal("refused");
    expect(message).to.match(/^Cannot find .*shop:gone: .* has no such image\. Nothing was changed\.$/);
    expect(advice).to.equal("Push it first, or correct the name.");
  });

  it("is refused with how to log in where the registry wants a login", async () => {
    const { ending, message, advice } = await troubleOf(`${registry.address}/sealed/shop:2`);
    expect(ending).to.equal("unreachable");
    expect(message).to.match(
      /^Cannot ask for .*sealed\/shop:2: .* answers 403 Forbidden\. Nothing was changed\.$/,
    );
    expect(advice).to.equal(`Log in with docker login ${registry.address}, or name the image by digest.`);
  });

  it("is refused where nobody answers, or where it names no image", async () => {
    expect(await troubleOf("127.0.0.1:1/shop:2")).to.deep.include({ ending: "unreachable" });
    expect(await troubleOf("https://shop")).to.deep.include({ ending: "usage" });
  });
});
