import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { askAboutManifests, type ManifestsChoice } from "../../../cli/init/ask-manifests.ts";
import { initialConfig } from "../../../cli/init/initial-config.ts";
import { knownOf } from "../../../cli/stack/stack-config.ts";
import { asker } from "../../../cli/terminal/questions.ts";
import { formProblems } from "../../../components/config/form-problems.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { DEPLOYMENT, GOOD, IMAGE, ROUTE, SERVICE, SETTINGS, writeFiles } from "../deploy-folder.ts";

describe("zd init --manifests", () => {
  let project: string;

  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "zero-downtime-init-"));
  });

  afterEach(() => rm(project, { recursive: true, force: true }));

  const write = (files: Readonly<Record<string, string>>) => writeFiles(project, files);
  const good = () => write(GOOD);

  /** What is found, asked and written, where flags answer and nobody is there. */
  async function init(flags: Record<string, string> = {}, choice: Partial<ManifestsChoice> = {}) {
    const asked = { project, manifests: { manifests: "deploy/" }, app: {}, ...choice };
    const found = await askAboutManifests(asker(flags, true), asked, ["0001-first"]);
    const text = initialConfig(found.answers);
    const { config } = parse(text) as { config: Record<string, unknown> };
    const values = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace("zero-downtime:", ""), value]),
    );
    return { ...found, text, values, config: configSchema.parse(values) };
  }

  async function refusal(...args: Parameters<typeof init>): Promise<string> {
    try {
      await init(...args);
    } catch (error) {
      return (error as Error).message;
    }
    expect.fail("the files were accepted");
  }

  it("asks nothing that the files say, and writes a config that the program and zd accept", async () => {
    await good();
    const { config, text, values } = await init();
    expect(config).to.deep.include({ manifests: "deploy/", namespace: "live", strategy: "blue-green" });
    expect(config.blue).to.deep.equal({ version: "4.1", image: IMAGE });
    expect(config.traffic).to.deep.include({ mode: "service" });
    expect(values["app"]).to.deep.equal({
      name: "shop",
      identityPath: "/ready",
      smoke: [{ path: "/ready", expect: { status: 200 } }],
    });
    expect(formProblems(config, values)).to.deep.equal([]);
    expect(knownOf(text, "file").manifests).to.equal("deploy/");
    expect(values["database"]).to.equal(undefined);
  });

  it("tells the objects apart, so that each can be told what it becomes", async () => {
    await good();
    const { application } = await init();
    expect(application.container).to.equal("web");
    expect(application.services.map(({ object }) => object.metadata.name)).to.deep.equal(["shop"]);
    expect(application.versioned.map(({ object }) => object.metadata.name)).to.deep.equal([
      "settings",
      "mail",
    ]);
  });

  it("takes the way in from a route, and asks only how pods reach its Gateway", async () => {
    await good();
    await write({ "deploy/route.yaml": ROUTE });
    const { config } = await init({ "cluster-url": "http://gateway.infra.svc", strategy: "canary" });
    expect(config.traffic).to.deep.include({
      mode: "gateway",
      gateway: { name: "public", namespace: "infra" },
      hostnames: ["shop.example.com"],
      clusterUrl: "http://gateway.infra.svc",
    });
    expect(config.app.identityPath).to.equal("/shop");
    expect(await refusal()).to.match(/^Cannot go on without --cluster-url/);
  });

  it("writes no smoke test where no HTTP probe says a path", async () => {
    const probe = "readinessProbe: { httpGet: { path: /ready, port: http } }";
    await write({
      "deploy/app.yaml": DEPLOYMENT.replace(probe, "readinessProbe: { tcpSocket: { port: http } }"),
      "deploy/rest.yaml": `${SERVICE}---\n${SETTINGS}`,
    });
    const { values, notes } = await init();
    expect(values["app"]).to.deep.equal({ name: "shop", identityPath: "/" });
    expect(notes.join()).to.match(
      /No HTTP readiness probe names a path: .*Name other requests in zero-downtime:app\.smoke/,
    );
  });

  it("has what is said of the files in config", async () => {
    await good();
    await write({
      "deploy/queue.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: { name: seed }\nspec: {}\n",
    });
    expect(await refusal()).to.match(/Job\/seed/);
    const manifests = { manifests: "deploy/", ignore: ["Job/seed"], unversioned: ["settings"] };
    const { config } = await init({}, { manifests, app: { container: "web" } });
    expect(config).to.deep.include({ ignore: ["Job/seed"], unversioned: ["settings"] });
    expect(config.app.container).to.equal("web");
  });

  it("has database keys only where one is named", async () => {
    await good();
    const { config } = await init({ database: "db.example.com/shop", "database-admin": "postgres" });
    expect(config.database).to.deep.include({ host: "db.example.com", name: "shop" });
    expect(config.blue?.schema).to.equal("0001-first");
    expect(config.database?.logins).to.equal("colour");
  });

  it("lets pods keep a login of their own, which a release would otherwise refuse", async () => {
    await write({
      ...GOOD,
      "deploy/app.yaml": GOOD["deploy/app.yaml"].replace(
        "[{ name: LEVEL, value: info }]",
        "[{ name: PGHOST, value: elsewhere }]",
      ),
    });
    const database = { database: "db.example.com/shop" };
    expect(await refusal(database)).to.match(/deploy\/app\.yaml:\d+: Deployment\/shop sets PGHOST/);
    const { config } = await init({ ...database, "database-logins": "application" });
    expect(config.database?.logins).to.equal("application");
  });

  it("is refused for a flag that config would not take", async () => {
    await good();
    expect(await refusal({}, { manifests: { manifests: "deploy/", ignore: ["seed"] } })).to.match(
      /^Cannot take what is said of the manifests: ignore\.0: must be Kind\/name/,
    );
  });

  it("is refused with every finding, its file and its line, and what to do", async () => {
    await good();
    await write({ "deploy/app.yaml": `${DEPLOYMENT.replace("replicas:", "replicsa:")}---\n${SERVICE}` });
    const message = await refusal();
    expect(message).to.match(/^Cannot release deploy\/ as it is, for 1 reason:\n {2}deploy\/app\.yaml:7: /);
    expect(message).to.match(/Nothing was written\.$/);
  });

  it("is refused for what a release cannot work with, also where the objects are fine by themselves", async () => {
    const probe = "          readinessProbe: { httpGet: { path: /ready, port: http } }\n";
    await write({ "deploy/app.yaml": `${DEPLOYMENT.replace(probe, "")}---\n${SERVICE}---\n${SETTINGS}` });
    expect(await refusal()).to.match(/readiness/);
    await write({
      "deploy/app.yaml": `${DEPLOYMENT.replace("replicas: 3", "replicas: 3\n  paused: true")}---\n${SERVICE}---\n${SETTINGS}`,
    });
    expect(await refusal()).to.match(/deploy\/app\.yaml:8: Deployment\/shop is paused/);
  });

  it("asks which Deployment users reach where Services find several", async () => {
    await good();
    const other = (text: string) =>
      text.replaceAll("shop", "blog").replaceAll("settings", "blog").replaceAll("mail", "blog-mail");
    await write({ "deploy/blog.yaml": `${other(DEPLOYMENT)}---\n${other(SERVICE)}` });
    expect(await refusal()).to.equal(
      "Cannot go on without --app: Deployment that users reach: shop, blog. Nothing was written.",
    );
    const shared = ["Deployment/blog"];
    const { config } = await init({}, { manifests: { manifests: "deploy/", shared } });
    expect(config.app.name).to.equal("shop");
    expect(config.shared).to.deep.equal(shared);
  });
});
