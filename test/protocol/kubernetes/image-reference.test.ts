import { expect } from "chai";
import { byDigest, imageReference } from "../../../protocol/kubernetes/image-reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("an image's name", () => {
  const names: readonly (readonly [string, string, string, string])[] = [
    ["shop", "registry-1.docker.io", "library/shop", "latest"],
    ["team/shop:2", "registry-1.docker.io", "team/shop", "2"],
    ["docker.io/team/shop", "registry-1.docker.io", "team/shop", "latest"],
    ["registry.example.com/shop:2.0.0", "registry.example.com", "shop", "2.0.0"],
    ["127.0.0.1:5000/a/b:v1", "127.0.0.1:5000", "a/b", "v1"],
    ["localhost:5000/shop", "localhost:5000", "shop", "latest"],
  ];
  for (const [text, registry, repository, tag] of names) {
    it(`is read in ${text} as docker reads it`, () => {
      expect(imageReference(text)).to.deep.equal({ registry, repository, tag, digest: null });
    });
  }

  it("keeps registry and repository where a digest takes the tag's place", () => {
    expect(byDigest("127.0.0.1:5000/shop:2", DIGEST)).to.equal(`127.0.0.1:5000/shop@${DIGEST}`);
    expect(byDigest(`127.0.0.1:5000/shop:2@${DIGEST}`, DIGEST)).to.equal(`127.0.0.1:5000/shop@${DIGEST}`);
    expect(byDigest("localhost:5000/shop", DIGEST)).to.equal(`localhost:5000/shop@${DIGEST}`);
  });

  it("is refused where it is none", () => {
    expect(() => imageReference("https://shop")).to.throw(/must look like/);
  });
});
