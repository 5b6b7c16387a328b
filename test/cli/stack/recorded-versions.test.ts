import { expect } from "chai";
import { pastOf } from "../../../cli/stack/stack-state.ts";
import { recordedIn } from "../../../cli/stack/recorded-versions.ts";
import { pack } from "../../../protocol/state/colour-record.ts";
import { asJson } from "../../../release/release.ts";
import { prepare } from "../../manifests/prepare/shop.ts";

const OBJECTS = asJson(prepare({}).objects);

const record = (objects: unknown) => ({
  format: 1,
  version: "1.0.0",
  image: "shop@sha256:1",
  schema: null,
  digest: "0123456789abcdef",
  web: "shop",
  entrances: prepare({}).objects.entrances,
  objects,
});

/** As `pulumi stack export --show-secrets` prints one. */
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

const exportedWith = (marks: Readonly<Record<string, unknown>>) => ({
  deployment: {
    resources: Object.entries(marks).map(([name, input]) => ({
      urn: `urn:pulumi:live::zero-downtime::pulumi:index:Stash::${name}`,
      outputs: { input, output: input },
    })),
  },
});

describe("what a stack's state keeps of prepared versions", () => {
  it("is read with its secrets, whichever part of a mark the engine has marked as one", () => {
    for (const mark of [record(secret(pack(OBJECTS))), secret(record(pack(OBJECTS)))]) {
      const { versions, key } = recordedIn(
        exportedWith({ "record-green": mark, "record-key": secret("a1b2"), other: 1 }),
      );
      expect(versions).to.deep.equal({
        green: { version: "1.0.0", digest: "0123456789abcdef", images: {}, objects: OBJECTS },
      });
      expect(key).to.equal("a1b2");
    }
  });

  it("is the newest, where an up was killed before it deleted the one before", () => {
    const older = { ...record(secret(pack(OBJECTS))), version: "0.9.0" };
    const [first] = exportedWith({ "record-green": older }).deployment.resources;
    const { deployment } = exportedWith({ "record-green": record(secret(pack(OBJECTS))) });
    const resources = [{ ...first, delete: true }, ...deployment.resources];
    const exported = { deployment: { resources } };
    expect(recordedIn(exported).versions.green?.version).to.equal("1.0.0");
    expect(pastOf(exported).records.green?.version).to.equal("1.0.0");
  });

  it("is nothing where nothing was recorded, or what is secret stays encrypted", () => {
    const nothing = { versions: {}, key: null };
    expect(recordedIn({})).to.deep.equal(nothing);
    expect(recordedIn(exportedWith({ completed: {} }))).to.deep.equal(nothing);
    const encrypted = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "v1:x",
    };
    expect(
      recordedIn(exportedWith({ "record-blue": record(encrypted), "record-key": encrypted })),
    ).to.deep.equal(nothing);
  });
});
