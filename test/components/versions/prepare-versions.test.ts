import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { apiServerDouble, type ApiServerDouble } from "../preflight/api-server-double.ts";
import type { Past } from "../../../components/past.ts";
import { prepareVersions, type Versions } from "../../../components/versions/prepare-versions.ts";
import type { AskDigests } from "../../../protocol/registry/ask-digests.ts";
import { hideSecrets } from "../../../components/config/config-secrets.ts";
import { configSchema, type Config } from "../../../protocol/config/config-schema.ts";
import { releaseAt } from "../../../release/release-at.ts";
import type { Place } from "../../../release/place.ts";
import { asJson, type Release, type ReleaseSettings } from "../../../release/release.ts";
import type { Completed } from "../../../protocol/state/marks.ts";

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  selector: { app: shop }
  ports: [{ name: http, port: 8000, targetPort: http }]
`;

const deployment = (level: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: web
          image: registry/shop:1
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /ready, port: http } }
          env: [{ name: LEVEL, value: "${level}" }]
`;

/** No database, so no password is unsafe. */
const prepared = (
  config: Config,
  release: Release,
  past: Past,
  ask: AskDigests = noRegistry,
): Promise<Versions> =>
  prepareVersions({ config, asked: release, unsafePassword: () => null, passwordsOf: [] }, past, ask);

const noRegistry: AskDigests = (images) =>
  Promise.reject(new Error(`A registry was asked for ${images.join(", ")}`));

const EMPTY: Past = {
  completed: null,
  entered: null,
  dropping: null,
  records: {},
  objects: new Set(),
  types: new Map(),
  key: "key",
};

describe("what the colours of a stage consist of", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "deploy-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (level: string) =>
    writeFileSync(join(folder, "shop.yaml"), `${deployment(level)}---${SERVICE}`);

  const configOf = (more: object = {}): Config =>
    configSchema.parse({
      active: "blue",
      phase: "stable",
      strategy: "blue-green",
      namespace: "shop",
      app: { name: "shop" },
      traffic: { mode: "service" },
      manifests: folder,
      jobs: { repository: "registry/jobs" },
      ...more,
    });

  const slot = (colour: "blue" | "green", version: string) => ({
    colour,
    version,
    image: `registry/shop@sha256:${version.slice(0, 1).repeat(64)}`,
    schema: null,
  });

  const stable: Release = {
    phase: "stable",
    strategy: "blue-green",
    rungs: [],
    migrations: [],
    settings: asJson({
      app: configSchema.shape.app.parse({ name: "shop" }),
      traffic: { mode: "service", type: "ClusterIP" },
    }) as ReleaseSettings,
    from: slot("blue", "1.0.0"),
    to: slot("green", "2.0.0"),
  };
  const at = (place: Place) => releaseAt(stable, place);
  const deploy = at({ phase: "deploy", active: "blue" });
  const switched = at({ phase: "switch", active: "green" });

  /** The state after an `up` that went through. */
  const after = ({ release, records }: Versions): Past => ({
    completed: {
      release,
      tested: {},
      origin: null,
      attempt: "1",
      number: 1,
      jobs: { image: "", builtFrom: null },
    } as Completed,
    entered: { release, attempt: "1" },
    dropping: null,
    records,
    objects: new Set(),
    types: new Map(),
    key: "key",
  });

  const levelOf = (versions: Versions, colour: "from" | "to"): unknown => {
    const one = versions.release[colour];
    const text = JSON.stringify(one && versions.of(one).web.template);
    return /"name":"LEVEL","value":"(\w+)"/.exec(text)?.[1];
  };

  it("comes from the files in a stack's first stage, and stays what it was whatever becomes of them", async () => {
    write("one");
    const first = await prepared(configOf(), stable, EMPTY);
    expect(first.problems).to.deep.equal([]);
    expect(levelOf(first, "from")).to.equal("one");
    expect(first.release.from.content).to.match(/^[0-9a-f]{16}$/);
    expect(first.release.to?.content).to.equal(undefined);
    write("two");
    const again = await prepared(configOf(), stable, after(first));
    expect(levelOf(again, "from")).to.equal("one");
    expect(again.release.from).to.deep.equal(first.release.from);
    expect(again.records).to.deep.equal(first.records);
    expect(again.notes).to.have.length(1);
    expect(again.notes[0]).to.match(/differs from what serves \(1\.0\.0\): 1 change .*next version/);
  });

  it("of the candidate comes from the files on leaving stable, and again until it serves", async () => {
    write("one");
    const first = await prepared(configOf(), stable, EMPTY);
    write("two");
    const left = await prepared(configOf(), deploy, after(first));
    expect([levelOf(left, "from"), levelOf(left, "to")]).to.deep.equal(["one", "two"]);
    const same = await prepared(configOf(), deploy, after(left));
    expect(same.release).to.deep.equal(left.release);
    expect(same.records).to.deep.equal(left.records);
    write("three");
    const edited = await prepared(configOf(), deploy, after(left));
    expect(levelOf(edited, "to")).to.equal("three");
    expect(edited.release.to?.content).not.to.equal(left.release.to?.content);
    const served = await prepared(configOf(), switched, after(edited));
    expect(levelOf(served, "to")).to.equal("three");
    write("four");
    for (const next of [switched, deploy]) {
      const later = await prepared(configOf(), next, after(served));
      expect([levelOf(later, "from"), levelOf(later, "to")]).to.deep.equal(["one", "three"]);
      expect(later.notes[0]).to.match(/differs from what serves \(2\.0\.0\)/);
    }
  });

  it("is forgotten of the colour that serves nobody, once the release is over", async () => {
    write("one");
    const first = await prepared(configOf(), stable, EMPTY);
    const left = await prepared(configOf(), deploy, after(first));
    expect(Object.keys(left.records)).to.deep.equal(["blue", "green"]);
    const given = await prepared(configOf(), stable, after(left));
    expect(Object.keys(given.records)).to.deep.equal(["blue"]);
  });

  it("stays what config said of it where config comes to name manifests", async () => {
    const simple = await prepared(configOf({ manifests: "" }), stable, EMPTY);
    expect(simple.records).to.deep.equal({});
    write("one");
    const named = await prepared(configOf(), stable, after(simple));
    expect(named.of(named.release.from)).to.deep.equal(simple.of(simple.release.from));
    expect(named.release.from.content).not.to.equal(undefined);
    const left = await prepared(configOf(), deploy, after(named));
    expect(levelOf(left, "to")).to.equal("one");
    expect(left.of(left.release.from)).to.deep.equal(simple.of(simple.release.from));
  });

  it("is known by the same until the release is over, where config names manifests in the midst of it", async () => {
    const simple = configOf({ manifests: "" });
    const first = await prepared(simple, stable, EMPTY);
    const served = await prepared(simple, switched, after(await prepared(simple, deploy, after(first))));
    write("one");
    const named = await prepared(configOf(), switched, after(served));
    expect(named.release).to.deep.equal(served.release);
    expect(named.records).to.deep.equal({});
  });

  it("is never made up where its record is lost", async () => {
    write("one");
    const first = await prepared(configOf(), stable, EMPTY);
    const lost = await prepared(configOf({ manifests: "" }), stable, { ...after(first), records: {} });
    expect(lost.problems).to.have.length(1);
    expect(lost.problems[0]).to.match(/record of what 1\.0\.0 was prepared from is missing/);
  });

  it("is refused, and named by file and line, where the files cannot be released; what serves is not", async () => {
    write("one");
    const first = await prepared(configOf(), stable, EMPTY);
    writeFileSync(join(folder, "shop.yaml"), deployment("one").replace("readinessProbe", "readynessProbe"));
    const left = await prepared(configOf(), deploy, after(first));
    expect(left.problems.join("\n")).to.match(/shop\.yaml:14: .*readynessProbe/);
    const stays = await prepared(configOf(), stable, after(first));
    expect(stays.problems).to.deep.equal([]);
    expect(stays.notes[0]).to.match(/cannot be released as it is .* 1\.0\.0 stays as it is/);
  });

  it("is as large as the files say as soon as they do, which is no other content", async () => {
    const sized = (count: number) =>
      writeFileSync(
        join(folder, "shop.yaml"),
        `${deployment("one").replace("spec:", `spec:\n  replicas: ${count}`)}---${SERVICE}`,
      );
    sized(2);
    const first = await prepared(configOf(), stable, EMPTY);
    const left = await prepared(configOf(), deploy, after(first));
    sized(5);
    const edited = await prepared(configOf(), deploy, after(left));
    const { to } = edited.release;
    expect(to && edited.of(to).web.replicas).to.equal(5);
    expect(edited.of(edited.release.from).web.replicas).to.equal(2);
    expect(edited.release).to.deep.equal(left.release);
  });

  it("is told to go out with the next attempt, where that prepares it", async () => {
    write("one");
    const first = await prepared(configOf(), stable, EMPTY);
    const served = await prepared(
      configOf(),
      switched,
      after(await prepared(configOf(), deploy, after(first))),
    );
    write("two");
    const [noted] = (await prepared(configOf(), deploy, after(served))).notes;
    expect(noted).to.match(/go out with the next up of this stage/);
    const [other] = (await prepared(configOf(), switched, after(served))).notes;
    expect(other).to.match(/go out with the next version/);
  });

  it("is the old one's on a way back, though the files cannot be released any more", async () => {
    write("one");
    const passwords = ["blue", "green"];
    const withSchema = { ...stable, migrations: ["1", "2"], to: { ...slot("green", "2.0.0"), schema: "2" } };
    const config = configOf();
    const up = (release: Release, past: Past) =>
      prepareVersions(
        { config, asked: release, unsafePassword: () => null, passwordsOf: passwords },
        past,
        noRegistry,
      );
    const first = await up(withSchema, EMPTY);
    const left = await up(releaseAt(withSchema, { phase: "deploy", active: "blue" }), after(first));
    writeFileSync(join(folder, "shop.yaml"), "broken: [");
    const back = await up(releaseAt(withSchema, { phase: "backfill", active: "blue" }), after(left));
    expect(back.problems).to.deep.equal([]);
    expect(back.records).to.deep.equal(left.records);
    expect(back.notes[0]).to.match(/cannot be released as it is/);
  });

  it("is repeated as it was where an attempt with it did not finish and the files have become wrong", async () => {
    write("one");
    const first = await prepared(configOf(), stable, EMPTY);
    const begun = await prepared(configOf(), deploy, after(first));
    const killed = {
      ...after(first),
      entered: { release: begun.release, attempt: "2" },
      records: begun.records,
    };
    writeFileSync(join(folder, "shop.yaml"), "broken: [");
    const again = await prepared(configOf(), deploy, killed);
    expect(again.problems).to.deep.equal([]);
    expect(again.release).to.deep.equal(begun.release);
    expect(again.notes[0]).to.match(/cannot be released as it is .* 2\.0\.0 stays as it is/);
    const edited = { ...deploy, to: slot("green", "2.0.1") } as Release;
    expect((await prepared(configOf(), edited, killed)).problems[0]).to.match(/^Cannot prepare 2\.0\.1/);
    expect((await prepared(configOf(), deploy, after(begun))).problems[0]).to.match(
      /^Cannot prepare 2\.0\.0/,
    );
  });

  describe("in strategy rolling", () => {
    const rolling: Release = { ...stable, strategy: "rolling" };
    const roll = releaseAt(rolling, { phase: "roll", active: "green" });

    it("is prepared again where an attempt ended before there was a record, and so no pod", async () => {
      write("one");
      const first = await prepared(configOf(), rolling, EMPTY);
      const begun = await prepared(configOf(), roll, after(first));
      const killed = { ...after(first), entered: { release: begun.release, attempt: "2" } };
      const again = await prepared(configOf(), roll, killed);
      expect(again.problems).to.deep.equal([]);
      expect(again.records).to.deep.equal(begun.records);
      write("two");
      const with2 = await prepared(configOf(), roll, { ...killed, records: begun.records });
      expect(levelOf(with2, "to"), "of pods that may serve already").to.equal("one");
    });

    it("does not take the place of one that other labels find, which would end all pods at once", async () => {
      const simple = await prepared(configOf({ manifests: "" }), rolling, EMPTY);
      write("one");
      const named = await prepared(configOf(), rolling, after(simple));
      expect(named.problems, "in stable").to.deep.equal([]);
      for (const past of [after(simple), after(named)]) {
        const { problems } = await prepared(configOf(), roll, past);
        expect(problems.join("\n")).to.match(
          /^Cannot replace the pods of 1\.0\.0 by those of 2\.0\.0 one by one: .*\(app\.kubernetes\.io\/name=shop and zero-downtime\/app=shop\).* Deployment shop-rolling can never change.*strategy to blue-green/,
        );
      }
      const files = await prepared(configOf(), rolling, EMPTY);
      const back = await prepared(configOf({ manifests: "" }), roll, after(files));
      expect(back.problems.join("\n"), "from manifests to config").to.match(/by other labels/);
      const byColour = await prepared(configOf(), deploy, after(simple));
      expect(byColour.problems).to.deep.equal([]);
      expect((await prepared(configOf(), roll, after(files))).problems).to.deep.equal([]);
    });
  });

  it("does not follow one of which a Service leads to the pods that it shares, nor the other way round", async () => {
    const further = (app: string) =>
      SERVICE.replace("name: shop }", "name: shop-api }").replace("app: shop", `app: ${app}`);
    const writeFurther = (app: string) => {
      const other = deployment("one").replaceAll("shop", "other");
      writeFileSync(
        join(folder, "shop.yaml"),
        [deployment("one"), SERVICE, other, SERVICE.replaceAll("shop", "other"), further(app)].join("---"),
      );
    };
    const config = configOf({ shared: ["Deployment/other"] });
    for (const [was, is, leading, other] of [
      ["shop", "other", "1.0.0", "2.0.0"],
      ["other", "shop", "2.0.0", "1.0.0"],
    ] as const) {
      writeFurther(was);
      const first = await prepared(config, stable, EMPTY);
      expect(first.problems).to.deep.equal([]);
      expect((await prepared(config, deploy, after(first))).problems).to.deep.equal([]);
      writeFurther(is);
      expect((await prepared(config, stable, after(first))).problems, "in stable").to.deep.equal([]);
      const { problems } = await prepared(config, deploy, after(first));
      expect(problems).to.have.length(1);
      expect(problems[0]).to.include(
        `Cannot release this version as Service/shop-api leads to the pods of ${leading} and not to those of ${other}`,
      );
    }
  });

  it("keeps its size where config gives up its autoscaler for manifests, or is refused", async () => {
    const scaled = configSchema.shape.app.parse({ name: "shop", autoscale: { min: 2, max: 9 } });
    const settings = { ...stable.settings, app: asJson(scaled) } as ReleaseSettings;
    const before = await prepared(configOf({ manifests: "", app: scaled }), { ...stable, settings }, EMPTY);
    write("one");
    const { problems } = await prepared(configOf(), stable, after(before));
    expect(problems.join("\n")).to.match(
      /^Cannot take zero-downtime:app\.autoscale from 1\.0\.0, which serves, .* Set zero-downtime:replicas/,
    );
    expect((await prepared(configOf({ replicas: 7 }), stable, after(before))).problems).to.deep.equal([]);
  });

  it("keeps the Secret of what config encrypts where that would go with config, as it is refused", async () => {
    const { config } = hideSecrets(
      configOf({ manifests: "", app: { name: "shop", env: { TOKEN: "planted" } } }),
      true,
      "key",
    );
    const settings = { ...stable.settings, app: asJson(config.app) } as ReleaseSettings;
    const before = await prepared(config, { ...stable, settings }, EMPTY);
    write("one");
    const { problems } = await prepared(configOf(), stable, after(before));
    expect(problems.join("\n")).to.match(
      /^Cannot take values that zero-downtime:app\.env encrypts from 1\.0\.0/,
    );
    expect(problems.join("\n")).not.to.include("planted");
  });

  it("stays what an earlier program made of config, where an attempt had recorded that", async () => {
    const simple = await prepared(configOf({ manifests: "" }), stable, EMPTY);
    write("one");
    const named = await prepared(configOf(), stable, after(simple));
    const { blue } = named.records;
    const earlier = { ...after(simple), records: { blue: { ...blue, digest: "earlier" } } } as Past;
    expect((await prepared(configOf(), stable, earlier)).release.from.content).to.equal("earlier");
  });

  describe("of a stack whose state was lost", () => {
    let cluster: ApiServerDouble;
    afterEach(() => cluster.close());

    /** The cluster has copies of these records. */
    async function recovering(records: Past["records"], more: object = {}): Promise<Config> {
      const text = (value: string) => Buffer.from(value).toString("base64");
      const items = Object.entries(records).map(([colour, record]) => ({
        metadata: { name: `shop-record-${colour}-12345678`, creationTimestamp: "2026-01-01T00:00:00Z" },
        data: { record: text(JSON.stringify(record)), key: text("the old key") },
      }));
      cluster = await apiServerDouble({ lists: { "/api/v1/namespaces/shop/secrets": items } });
      return configOf({ recover: true, cluster: cluster.cluster, ...more });
    }

    it("is what the copies in the cluster say, in stable too, whatever the files say now", async () => {
      write("one");
      const first = await prepared(configOf(), stable, EMPTY);
      const served = await prepared(
        configOf(),
        switched,
        after(await prepared(configOf(), deploy, after(first))),
      );
      write("two");
      for (const [release, { records }] of [
        [stable, first],
        [switched, served],
      ] as const) {
        const found = await prepared(await recovering(records), release, EMPTY);
        expect(found.problems).to.deep.equal([]);
        expect(found.records).to.deep.equal(records);
        expect(found.key).to.equal("the old key");
        await cluster.close();
      }
    });

    it("is not made up of config where a copy is missing in mid-release", async () => {
      write("one");
      const first = await prepared(configOf(), stable, EMPTY);
      const found = await prepared(await recovering(first.records), deploy, EMPTY);
      expect(found.problems).to.have.length(1);
      expect(found.problems[0]).to.match(
        /^Cannot recover green as the cluster has no copy of what 2\.0\.0 was prepared from, in a Secret .*record-green/,
      );
    });

    it("is made of the files in stable where there is no copy at all, and says so", async () => {
      write("one");
      const found = await prepared(await recovering({}), stable, EMPTY);
      expect(found.problems).to.deep.equal([]);
      expect(found.notes[0]).to.match(/^The cluster has no copy of what 1\.0\.0 was prepared from/);
    });
  });

  describe("with a sidecar whose image the files name by a tag", () => {
    const beside = `        - { name: logs, image: "logs:1" }\n`;
    const writeBeside = (level: string) =>
      writeFileSync(join(folder, "shop.yaml"), `${deployment(level)}${beside}---${SERVICE}`);
    /** A registry in which the tag is at this image now. */
    const at = (digit: string): AskDigests => {
      const image = `logs@sha256:${digit.repeat(64)}`;
      return (images) => Promise.resolve(Object.fromEntries(images.map((tag) => [tag, { image }])));
    };
    const silent: AskDigests = (images) =>
      Promise.resolve(
        Object.fromEntries(
          images.map((tag) => [tag, { reason: "no answer", words: "registry.test is silent" }]),
        ),
      );
    const sidecarOf = (versions: Versions, colour: "from" | "to"): unknown => {
      const one = versions.release[colour];
      const text = JSON.stringify(one && versions.of(one).web.template);
      return /"name":"logs","image":"(logs[^"]{0,10})/.exec(text)?.[1];
    };

    it("keeps the digest that the tag had when it was prepared, and asks no registry again", async () => {
      writeBeside("one");
      const first = await prepared(configOf(), stable, EMPTY, at("1"));
      expect(sidecarOf(first, "from")).to.equal("logs@sha256:11");
      const again = await prepared(configOf(), stable, after(first));
      expect(again.records).to.deep.equal(first.records);
      expect(again.notes).to.deep.equal([]);
      const left = await prepared(configOf(), deploy, after(first), at("2"));
      expect(left.records.green?.images).to.deep.equal({ "logs:1": `logs@sha256:${"2".repeat(64)}` });
      const same = await prepared(configOf(), deploy, after(left));
      expect(same.release).to.deep.equal(left.release);
      expect(same.records).to.deep.equal(left.records);
      writeBeside("two");
      const edited = await prepared(configOf(), deploy, after(left), at("3"));
      expect(edited.records.green?.images).to.deep.equal({ "logs:1": `logs@sha256:${"3".repeat(64)}` });
      expect(edited.records.blue).to.deep.equal(first.records.blue);
      const served = await prepared(configOf(), switched, after(edited));
      expect(served.notes).to.deep.equal([]);
    });

    it("goes by the tag where no registry answers, and says so in each stage that prepares it", async () => {
      writeBeside("one");
      const first = await prepared(configOf(), stable, EMPTY, silent);
      expect(sidecarOf(first, "from")).to.equal("logs:1");
      expect(first.notes[0]).to.match(
        /shop\.yaml:\d+: container logs .*\(logs:1\).*registry\.test is silent/,
      );
      expect(first.records.blue).not.to.have.property("images");
      const again = await prepared(configOf(), stable, { ...after(first), completed: null });
      expect(again.records).to.deep.equal(first.records);
      expect(again.notes[0]).to.match(/container logs .*\(logs:1\)/);
    });

    it("is refused where config wants every image fixed and no registry answers", async () => {
      writeBeside("one");
      const strict = configOf({ images: "strict" });
      const refused = await prepared(strict, stable, EMPTY, silent);
      expect(refused.records).to.deep.equal({});
      expect(refused.problems.join("\n")).to.match(
        /^Cannot prepare 1\.0\.0 from .*:\n {2}.*shop\.yaml:\d+: container logs .* is strict: registry\.test is silent/,
      );
      const fixed = await prepared(strict, stable, EMPTY, at("1"));
      expect(fixed.problems).to.deep.equal([]);
      expect((await prepared(strict, stable, after(fixed))).problems).to.deep.equal([]);
    });
  });
});
