import { expect } from "chai";
import { taggedImages, withDigests } from "../../../manifests/prepare/other-images.ts";
import { containerOf, IMAGE, prepare } from "./shop.ts";

const DIGEST = `logs@sha256:${"d".repeat(64)}`;
const version = prepare({
  initContainers: [{ name: "wait", image: "tool:1" }],
  sidecars: [
    { name: "logs", image: "logs:1" },
    { name: "more-logs", image: "logs:1" },
    { name: "fixed", image: DIGEST },
  ],
});

describe("the images of others in a version's pods", () => {
  it("may change as long as they are named by tags", () => {
    expect(taggedImages(version.objects)).to.deep.equal(["tool:1", "logs:1"]);
    expect(taggedImages(prepare().objects)).to.deep.equal([]);
  });

  it("are fixed by their digests, as far as these are known", () => {
    const objects = withDigests(version.objects, { "logs:1": DIGEST });
    const imageOf = (name: string) => containerOf({ ...version, objects }, name).image;
    expect(["logs", "more-logs", "fixed", "wait", "web"].map(imageOf)).to.deep.equal([
      DIGEST,
      DIGEST,
      DIGEST,
      "tool:1",
      IMAGE,
    ]);
    expect(taggedImages(objects)).to.deep.equal(["tool:1"]);
  });
});
