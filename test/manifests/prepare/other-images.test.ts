import { expect } from "chai";
import { taggedImages, withDigests } from "../../../manifests/prepare/other-images.ts";
import { containerOf, IMAGE, podOf, prepare } from "./shop.ts";

const DIGEST = `logs@sha256:${"d".repeat(64)}`;
const version = prepare({
  initContainers: [{ name: "wait", image: "tool:1" }],
  sidecars: [
    { name: "logs", image: "logs:1" },
    { name: "more-logs", image: "logs:1" },
    { name: "fixed", image: DIGEST },
    { name: "built-here", image: "logs:1", imagePullPolicy: "Never" },
  ],
  pod: {
    volumes: [
      { name: "plain", emptyDir: {} },
      { name: "model", image: { reference: "logs:1", pullPolicy: "IfNotPresent" } },
    ],
  },
});

describe("the images of others in a version's pods", () => {
  it("may change as long as they are named by tags, in a container or as a volume", () => {
    expect(taggedImages(version.objects).map(({ title, image }) => `${title}: ${image}`)).to.deep.equal([
      "init container wait: tool:1",
      "container logs: logs:1",
      "container more-logs: logs:1",
      "container built-here: logs:1",
      "volume model: logs:1",
    ]);
    expect(taggedImages(prepare().objects)).to.deep.equal([]);
  });

  it("are named with their place in the files, and with whether anybody pulls them", () => {
    const [, logs, , built, model] = taggedImages(version.objects);
    expect(logs?.path.join(".")).to.equal("spec.template.spec.containers.1.image");
    expect(model?.path.join(".")).to.equal("spec.template.spec.volumes.1.image.reference");
    expect([logs, built, model].map((one) => one?.isPulled)).to.deep.equal([true, false, true]);
  });

  it("are fixed by their digests, as far as these are known and the image is pulled", () => {
    const objects = withDigests(version.objects, { "logs:1": DIGEST });
    const imageOf = (name: string) => containerOf({ ...version, objects }, name).image;
    const names = ["logs", "more-logs", "fixed", "built-here", "wait", "web"];
    expect(names.map(imageOf)).to.deep.equal([DIGEST, DIGEST, DIGEST, "logs:1", "tool:1", IMAGE]);
    expect(podOf({ ...version, objects })["volumes"]).to.deep.equal([
      { name: "plain", emptyDir: {} },
      { name: "model", image: { reference: DIGEST, pullPolicy: "IfNotPresent" } },
    ]);
    expect(taggedImages(objects).map(({ title }) => title)).to.deep.equal([
      "init container wait",
      "container built-here",
    ]);
  });

  it("change nothing else of a version", () => {
    expect(withDigests(version.objects, {})).to.deep.equal(version.objects);
    expect(withDigests(prepare().objects, { "logs:1": DIGEST })).to.deep.equal(prepare().objects);
  });
});
