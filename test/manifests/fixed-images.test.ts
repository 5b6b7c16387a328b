import { expect } from "chai";
import { withFixedImages, type FixedVersion } from "../../manifests/fixed-images.ts";
import { taggedImages } from "../../manifests/prepare/other-images.ts";
import { versionDigest } from "../../manifests/version-digest.ts";
import type { VersionFromFiles } from "../../manifests/version-from-files.ts";
import type { DigestAnswer } from "../../protocol/registry/ask-digest.ts";
import { containerOf, prepare } from "./prepare/shop.ts";

const KEY = "key";
const digest = (name: string, digit: string) => `${name}@sha256:${digit.repeat(64)}`;

/** As the files have it, each image at a line of its own. */
function described(logs = "logs:1", replicas = 3): VersionFromFiles {
  const { objects, added } = prepare({
    initContainers: [{ name: "wait", image: "tool:1" }],
    sidecars: [{ name: "logs", image: logs }],
    deployment: { replicas },
  });
  const tagged = taggedImages(objects).map((one, index) => ({
    ...one,
    source: { file: "deploy/app.yaml", line: index + 1 },
  }));
  return { objects, problems: [], notes: [], added, files: [], tagged };
}

/** A registry that knows some images, and notes what it is asked. */
class Registry {
  readonly asked: string[] = [];
  answers: Record<string, DigestAnswer> = {
    "tool:1": { image: digest("tool", "1") },
    "logs:1": { image: digest("logs", "1") },
    "logs:2": { image: digest("logs", "2") },
  };

  readonly ask = (images: readonly string[]) => {
    this.asked.push(...images);
    const silent: DigestAnswer = { reason: "no answer", words: "registry.test has not answered in time" };
    return Promise.resolve(
      Object.fromEntries(images.map((image) => [image, this.answers[image] ?? silent] as const)),
    );
  };
}

describe("the images of a version that is prepared", () => {
  let registry: Registry;
  beforeEach(() => (registry = new Registry()));

  const fix = (
    version: VersionFromFiles,
    kept: FixedVersion | null = null,
    images: "resolve" | "strict" = "resolve",
  ) =>
    withFixedImages(version, {
      images,
      key: KEY,
      kept: kept?.objects ? { digest: versionDigest(KEY, kept.objects), images: kept.images } : null,
      ask: registry.ask,
    });

  const imagesOf = ({ objects }: FixedVersion) =>
    ["wait", "logs"].map((name) => objects && containerOf({ ...prepare(), objects }, name).image);

  it("are fixed by the digests that their tags have, and told with the reason", async () => {
    const fixed = await fix(described());
    expect(imagesOf(fixed)).to.deep.equal([digest("tool", "1"), digest("logs", "1")]);
    expect(registry.asked).to.deep.equal(["tool:1", "logs:1"]);
    expect([fixed.notes, fixed.problems]).to.deep.equal([[], []]);
    expect(fixed.added.at(-1)).to.deep.equal({
      what: `container logs: image logs:1 as ${digest("logs", "1")}`,
      why: "a tag may be given to another image, and pods of the same version would run different ones",
    });
  });

  it("stay what they are while the files do, wherever a tag has moved, and no registry is asked", async () => {
    const first = await fix(described());
    registry.asked.length = 0;
    registry.answers["logs:1"] = { image: digest("logs", "9") };
    const again = await fix(described(), first);
    expect(again.objects).to.deep.equal(first.objects);
    expect(again.images).to.deep.equal(first.images);
    expect((await fix(described("logs:1", 9), first)).images).to.deep.equal(first.images);
    expect(registry.asked).to.deep.equal([]);
  });

  it("are looked for anew, all of them, once the files change", async () => {
    const first = await fix(described());
    registry.answers["tool:1"] = { image: digest("tool", "9") };
    const changed = await fix(described("logs:2"), first);
    expect(imagesOf(changed)).to.deep.equal([digest("tool", "9"), digest("logs", "2")]);
    expect(Object.keys(changed.images)).to.deep.equal(["tool:1", "logs:2"]);
  });

  it("stay by tag where no registry says more, told with file and line, and are not asked for again", async () => {
    const first = await fix(described("logs:0"));
    expect(imagesOf(first)).to.deep.equal([digest("tool", "1"), "logs:0"]);
    expect(first.notes).to.deep.equal([
      "deploy/app.yaml:2: container logs names its image by tag (logs:0) and keeps it, so pods of the same version may run different ones: " +
        "registry.test has not answered in time. Name it by digest; zero-downtime:images: strict refuses a tag",
    ]);
    registry.asked.length = 0;
    const again = await fix(described("logs:0"), first);
    expect(again.objects).to.deep.equal(first.objects);
    expect(again.notes[0]).to.match(/its registry did not say the digest when the version was prepared/);
    expect(registry.asked).to.deep.equal([]);
  });

  it("are refused by tag in strict, with file and line, and with how to log in", async () => {
    registry.answers["logs:1"] = {
      reason: "no login",
      words: "registry-1.docker.io answers 401 Unauthorized",
    };
    const refused = await fix(described(), null, "strict");
    expect(refused.objects).to.equal(null);
    expect(refused.problems).to.deep.equal([
      "deploy/app.yaml:2: container logs names its image by tag (logs:1), and zero-downtime:images is strict: " +
        "registry-1.docker.io answers 401 Unauthorized. Log in with docker login registry-1.docker.io, or name it by digest",
    ]);
    expect(refused.notes).to.deep.equal([]);
    expect((await fix(described("logs:2"), null, "strict")).problems).to.deep.equal([]);
  });

  it("that stayed by tag are asked for alone once strict is set; the others keep their digests", async () => {
    const first = await fix(described("logs:0"));
    registry.asked.length = 0;
    registry.answers = { "logs:0": { image: digest("logs", "0") } };
    const strict = await fix(described("logs:0"), first, "strict");
    expect(registry.asked).to.deep.equal(["logs:0"]);
    expect(imagesOf(strict)).to.deep.equal([digest("tool", "1"), digest("logs", "0")]);
    expect(strict.problems).to.deep.equal([]);
  });

  it("of a version that was prepared before digests were looked for stay by tag", async () => {
    const version = described();
    const kept = { ...version, images: {} };
    expect((await fix(version, kept)).objects).to.deep.equal(version.objects);
    expect(registry.asked).to.deep.equal([]);
  });

  it("that are never pulled are asked for nowhere, and told", async () => {
    const { objects } = prepare({ sidecars: [{ name: "logs", image: "logs:1", imagePullPolicy: "Never" }] });
    const tagged = taggedImages(objects).map((one) => ({ ...one, source: { file: "app.yaml", line: 1 } }));
    const fixed = await fix({ ...described(), objects, tagged });
    expect(registry.asked).to.deep.equal([]);
    expect(fixed.notes[0]).to.match(/^app\.yaml:1: container logs .* it is never pulled/);
    const strict = await fix({ ...described(), objects, tagged }, null, "strict");
    expect(strict.problems).to.have.length(1);
  });

  it("are not asked for where the files cannot be released", async () => {
    const refused = await fix({ ...described(), objects: null, problems: ["a reason"] });
    expect(refused.problems).to.deep.equal(["a reason"]);
    expect(registry.asked).to.deep.equal([]);
  });
});
