import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { describeFinding } from "../manifests/kube-object.ts";
import { readManifests } from "../manifests/read/read-manifests.ts";
import { furtherObjects, usedByPods } from "./bench/objects/further-objects.ts";
import { growFolder } from "./bench/objects/grown-folder.ts";
import { COMMANDS, type ObjectsFigures } from "./bench/objects/measure-objects.ts";
import { markdown } from "./bench/objects/report.ts";
import { stateBytes } from "./bench/objects/state-bytes.ts";
import { DeployFolder } from "./support/manifests/deploy-folder.ts";

const TARGET = {
  registry: "127.0.0.1:5000",
  nodeImage: "127.0.0.1:5000/node@sha256:0",
  gateway: { name: "edge", namespace: "infra", clusterUrl: "http://edge", publicUrl: "http://edge" },
};

describe("a folder that has grown", () => {
  const folder = new DeployFolder();
  afterEach(() => folder.forget());

  for (const size of [5, 6, 50]) {
    it(`has ${size} objects, which are read as they are`, async () => {
      await growFolder(folder, size, TARGET);
      const { objects, refusals, notes } = await readManifests(folder.path, { project: process.cwd() });
      expect([...refusals, ...notes].map(describeFinding)).to.deep.equal([]);
      expect(objects).to.have.length(size);
    });
  }

  it("is no smaller than its application", async () => {
    let refused: unknown;
    await growFolder(folder, 4, TARGET).catch((error: unknown) => (refused = error));
    expect(refused).to.be.instanceOf(RangeError);
    expect(String(refused)).to.match(/4 objects as the noticeboard alone has 5/);
  });

  it("gets another text in every ConfigMap and Secret with another edition, and no other names", async () => {
    const texts = () =>
      ["config.yaml", "further.yaml"].flatMap((file) =>
        parseAllDocuments(readFileSync(join(folder.path, file), "utf8")).map(
          (document) => document.toJS() as { kind: string; metadata: { name: string } },
        ),
      );
    const write = await growFolder(folder, 12, TARGET);
    const first = texts();
    write(2);
    const second = texts();
    expect(second.map(({ metadata }) => metadata)).to.deep.equal(first.map(({ metadata }) => metadata));
    const same = second.filter((object, at) => JSON.stringify(object) === JSON.stringify(first[at]));
    expect([...new Set(same.map(({ kind, metadata: { name } }) => `${kind}/${name}`))]).to.deep.equal([
      "ConfigMap/noticeboard-config",
      "ServiceAccount/object-3",
    ]);
  });

  it("has pods that use one ConfigMap of two, and every Secret", () => {
    const objects = furtherObjects(9);
    expect(objects.map(({ kind }) => kind).slice(0, 4)).to.deep.equal([
      ...["ConfigMap", "ConfigMap", "Secret", "ServiceAccount"],
    ]);
    const { volumes, volumeMounts, envFrom } = usedByPods(objects);
    expect(volumes.map(({ configMap }) => configMap.name)).to.deep.equal([
      "object-0",
      "object-4",
      "object-8",
    ]);
    expect(volumeMounts.map(({ name }) => name)).to.deep.equal(volumes.map(({ name }) => name));
    expect(envFrom.map(({ secretRef }) => secretRef.name)).to.deep.equal(["object-2", "object-6"]);
  });
});

describe("the bytes of a state", () => {
  const urn = (name: string) => `urn:pulumi:shop::zero-downtime::pulumi:index:Stash::${name}`;
  const bytesOf = (names: readonly string[]) =>
    stateBytes(JSON.stringify({ deployment: { resources: names.map((name) => ({ urn: urn(name) })) } }));

  it("are those of all of it, and those of the records of both colours", () => {
    const marks = bytesOf(["entered", "completed", "record-key"]);
    expect(marks).to.include({ resources: 3, records: 0 });
    const both = bytesOf(["entered", "completed", "record-key", "record-blue", "record-green"]);
    expect(both.resources).to.equal(5);
    expect(both.records).to.equal(
      [urn("record-blue"), urn("record-green")].reduce((sum, each) => sum + `{"urn":"${each}"}`.length, 0),
    );
    expect(both.state).to.equal(marks.state + both.records + 2);
  });
});

describe("the report of what objects cost", () => {
  const figuresOf = (objects: number, cost: number): ObjectsFigures => ({
    objects,
    seconds: Object.fromEntries(COMMANDS.map((command) => [command, cost])) as ObjectsFigures["seconds"],
    bytes: { resources: 30 + objects, state: 100_000 + 4_000 * objects, records: 2_000 * objects },
  });
  const reportOf = (cost: (objects: number) => number): string => {
    const machine = {
      ...{ date: "2026-01-01", processor: "some", cores: 2, memoryGibibytes: 24, kernel: "6", node: "v24" },
      load: [0.1, 0.2] as [number, number],
    };
    const figures = [5, 50, 200].map((objects) => figuresOf(objects, cost(objects)));
    return markdown({ machine, plugins: "official", isQuick: false, minutes: 5, repeats: 3, figures });
  };

  it("holds where every cost grows with the objects or less, and says what one more costs", () => {
    const text = reportOf((objects) => 10 + objects / 10);
    expect(text).to.not.match(/missed|steeper\*\*/);
    expect(text).to.include("| `up` to `deploy` | objects | 5, 50, 200 | 10.5 s, 15.0 s, 30.0 s |");
    const [, more] = /An object more costs[^|]*(?:\|.*\n){2}(.*)/.exec(text) ?? [];
    expect(more).to.match(/^\| 0\.10 s \|.*\| 1\.00 \| 4\.0 kB \| 2\.0 kB \|$/);
  });

  it("misses its goal where the end is steeper, though the whole is not", () => {
    const text = reportOf((objects) => 2 + (objects / 30) ** 2);
    expect(text).to.include("**missed**");
    expect(text).to.include("the steepest is");
  });
});
