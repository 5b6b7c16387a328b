import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { versionLines } from "../../../cli/moves/version-words.ts";
import { readDrift, readVersionWords, type StackConfig } from "../../../cli/stack/stage-versions.ts";
import { configuredRelease, knownOf } from "../../../cli/stack/stack-config.ts";
import { filesConfigOf } from "../../../cli/stack/files-config.ts";
import { NO_PAST, type Past } from "../../../cli/stack/stack-state.ts";
import { recordOf } from "../../../components/versions/record-of.ts";
import { withFixedImages } from "../../../manifests/fixed-images.ts";
import { versionFromFiles } from "../../../manifests/version-from-files.ts";
import type { AskDigests } from "../../../protocol/registry/ask-digests.ts";
import { contentsOf } from "../../../protocol/state/colour-record.ts";
import { withContents } from "../../../release/contents.ts";
import type { Place } from "../../../release/place.ts";
import { releaseAt } from "../../../release/release-at.ts";
import type { Slot } from "../../../release/release.ts";
import { GOOD, IMAGE, writeFiles } from "../deploy-folder.ts";
import { after } from "../pasts.ts";
import { pulumiStandIn, secret } from "../pulumi-stand-in.ts";

const KEY = "a key";
const BLUE: Slot = { colour: "blue", version: "1.0.0", image: IMAGE, schema: null };

const CONFIG = stringify({
  config: {
    "zero-downtime:active": "blue",
    "zero-downtime:phase": "stable",
    "zero-downtime:strategy": "blue-green",
    "zero-downtime:namespace": "live",
    "zero-downtime:manifests": "deploy/",
    "zero-downtime:blue": { version: "1.0.0", image: IMAGE },
    "zero-downtime:green": { version: "2.0.0", image: IMAGE },
    // A smoke test may have a secret header, which zd cannot read and need not.
    "zero-downtime:app": {
      name: "shop",
      smoke: [{ path: "/", headers: { authorization: { secure: "v1:x" } }, expect: { status: 200 } }],
    },
    "zero-downtime:traffic": { mode: "service" },
  },
});

/** Registries in which every tag is at this image now. */
const tagsAt =
  (digit: string): AskDigests =>
  (images) =>
    Promise.resolve(
      Object.fromEntries(
        images.map((image) => [image, { image: `${image.replace(/:.*/, "")}@sha256:${digit.repeat(64)}` }]),
      ),
    );

const noRegistry: AskDigests = (images) =>
  Promise.reject(new Error(`A registry was asked for ${images.join(", ")}`));

describe("what a stage does with manifests", () => {
  const path = process.env["PATH"];
  let project: string;
  let stack: StackConfig;

  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "zero-downtime-plan-"));
    await writeFiles(project, GOOD);
    const configFile = join(project, "Pulumi.live.yaml");
    await writeFile(configFile, CONFIG);
    const known = knownOf(CONFIG, configFile);
    stack = { project: { folder: project, stack: "live", configFile }, text: CONFIG, known };
  });

  afterEach(async () => {
    process.env["PATH"] = path;
    await rm(project, { recursive: true, force: true });
  });

  const configured = () => configuredRelease(stack.known, NO_PAST, []);
  const at = (place: Place) => releaseAt(configured(), place);

  /** After an `up` to a place, with blue prepared from the files as they are now. */
  async function pastAt(place: Place, prepared: readonly Slot[] = [BLUE]): Promise<Past> {
    const config = filesConfigOf(stack.text, stack.project.configFile);
    const records: Record<string, ReturnType<typeof recordOf>> = {};
    for (const slot of prepared) {
      const described = await versionFromFiles(config, slot, { project, key: KEY });
      const how = { images: "resolve", key: KEY, kept: null, ask: tagsAt("1") } as const;
      const { objects, images } = await withFixedImages(described, how);
      if (!objects) throw new Error("the files cannot be released");
      records[slot.colour] = recordOf(KEY, slot, "shop", objects, images);
    }
    const marks = Object.entries(records).map(([colour, record]) => [
      `record-${colour}`,
      { ...record, objects: secret(record.objects) },
    ]);
    process.env["PATH"] = await pulumiStandIn(join(project, "bin"), {
      ...Object.fromEntries(marks),
      "record-key": secret(KEY),
    });
    return { ...after(at(place)), records };
  }

  const change = (from: string, to: string, file: keyof typeof GOOD = "deploy/app.yaml") =>
    writeFiles(project, { [file]: GOOD[file].replace(from, to) });

  const DEPLOY = { phase: "deploy", active: "blue" } as const;
  const STABLE = { phase: "stable", active: "blue" } as const;
  const SWITCH = { phase: "switch", active: "green" } as const;

  async function told(past: Past, place: Place, ask: AskDigests = noRegistry): Promise<string> {
    const words = await readVersionWords(stack, past, at(place), ask);
    return words === null ? "" : versionLines(words).join("\n");
  }

  it("is that the first version is prepared, before there is any state", async () => {
    expect(await told(NO_PAST, STABLE)).to.match(
      /^1\.0\.0 is prepared from deploy\/ for blue; nothing serves yet\nadded for the release\n[^]*ConfigMap\/settings: as settings-<suffix>, immutable/,
    );
  });

  it("is in what the candidate differs from what serves, which is what was recorded", async () => {
    const past = await pastAt(STABLE);
    expect(await told(past, DEPLOY)).to.match(
      /^2\.0\.0 is prepared from deploy\/ for green; as 1\.0\.0 was\n/,
    );
    await change("value: info", "value: debug");
    expect(await told(past, DEPLOY)).to.match(
      /against 1\.0\.0, which serves, it has 1 change\nDeployment\/shop\n {2}container web: variable LEVEL "info" → "debug"/,
    );
  });

  it("tells of a Secret that it changes, and shows nothing of it", async () => {
    const past = await pastAt(STABLE);
    await change("xx-mail-before", "xx-mail-after", "deploy/settings.yaml");
    const text = await told(past, DEPLOY);
    expect(text).to.match(/Secret\/mail\n {2}key PASSWORD changed/);
    expect(text).to.not.match(/xx-/);
  });

  it("tells where a tag has moved since what serves was prepared, and asks once for a candidate", async () => {
    const beside = '      containers:\n        - { name: logs, image: "logs:1" }';
    await change("      containers:", beside);
    const past = await pastAt(STABLE);
    expect(await told(past, DEPLOY, tagsAt("1"))).to.match(
      /for green; as 1\.0\.0 was\n[^]*container logs: image logs:1 as logs@sha256:111/,
    );
    expect(await told(past, DEPLOY, tagsAt("2"))).to.match(
      /it has 1 change\nDeployment\/shop\n {2}container logs: image "logs@sha256:1+…" → "logs@sha256:2+…"/,
    );
    expect(await readDrift(stack, past, at(STABLE))).to.equal(null);
    const inDeploy = await pastAt(DEPLOY, [BLUE, { ...BLUE, colour: "green", version: "2.0.0" }]);
    expect(await told(inDeploy, DEPLOY)).to.match(/for green; as 1\.0\.0 was\n/);
    await change("      containers:", beside.replace("logs:1", "logs:2"));
    expect(await readDrift(stack, past, at(STABLE))).to.match(/1 change \(Deployment\/shop\)/);
  });

  it("is nothing new in a stage that prepares none, but that the files differ meanwhile", async () => {
    const past = await pastAt(DEPLOY, [BLUE, { ...BLUE, colour: "green", version: "2.0.0" }]);
    expect(await told(past, SWITCH)).to.equal("");
    await change("value: info", "value: debug");
    expect(await told(past, SWITCH)).to.match(
      /^deploy\/ differs from .*2\.0\.0.*1 change \(Deployment\/shop\).*They go out with the next version\.$/,
    );
  });

  it("is refused with file and line where a version cannot be prepared, and only told where none is", async () => {
    const past = await pastAt(DEPLOY, [BLUE, { ...BLUE, colour: "green", version: "2.0.0" }]);
    await change("replicas: 3", "replicas: three");
    let message = "";
    await told(after(at(STABLE)), DEPLOY).catch((error: Error) => (message = error.message));
    expect(message).to.match(/^Cannot prepare 2\.0\.0 from deploy\/:\n {2}deploy\/app\.yaml:7: /);
    const cannot = /^deploy\/ cannot be released as it is \(1 problem\)/;
    expect(await told(past, SWITCH)).to.match(cannot);
    const begun = withContents(at(DEPLOY), contentsOf(past.records as never));
    const killed = {
      ...past,
      completed: after(at(STABLE)).completed,
      entered: { release: begun, attempt: "2" },
    };
    expect(await told(killed, DEPLOY), "repeated").to.match(cannot);
  });

  it("is not compared with what config described, or with what cannot be decrypted", async () => {
    expect(await told(after(at(STABLE)), DEPLOY)).to.match(
      /for green; 1\.0\.0, which serves, was described by config\n/,
    );
    const past = await pastAt(STABLE);
    await writeFiles(project, {
      "bin/pulumi": "#!/bin/sh\necho 'error: incorrect passphrase' >&2\nexit 255\n",
    });
    expect(await told(past, DEPLOY)).to.match(
      /for green; not compared with what serves: Cannot read what is secret in the state of stack live: error: incorrect passphrase\n/,
    );
  });

  it("is nothing where config names no manifests", async () => {
    const text = CONFIG.replace(/.*manifests.*\n/, "");
    stack = { ...stack, text, known: knownOf(text, "file") };
    expect(await told(NO_PAST, STABLE)).to.equal("");
    expect(await readDrift(stack, after(at(STABLE)), at(STABLE))).to.equal(null);
  });

  it("is told by zd status with when the difference goes out", async () => {
    const past = await pastAt(STABLE);
    expect(await readDrift(stack, past, at(STABLE))).to.equal(null);
    await change("COLOUR: red", "COLOUR: blue", "deploy/settings.yaml");
    expect(await readDrift(stack, past, at(STABLE))).to.match(
      /1 change \(ConfigMap\/settings\)\. They go out with the next version\.$/,
    );
    const green: Slot = { ...BLUE, colour: "green", version: "2.0.0" };
    const inDeploy = await pastAt(DEPLOY, [BLUE, green]);
    await change("COLOUR: red", "COLOUR: green", "deploy/settings.yaml");
    expect(await readDrift(stack, inDeploy, at(DEPLOY))).to.match(
      /They go out with the next up of this stage\.$/,
    );
  });
});
