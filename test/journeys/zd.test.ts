import { expect } from "chai";
import { parse } from "yaml";
import { fill } from "../../example/fill.ts";
import { isClean } from "../../example/load/report.ts";
import { startLoad, type Load } from "../../example/load/start-load.ts";
import type { Images } from "../support/journey/address-book.ts";
import { goodImages, jobsImage, theTarget } from "../support/journey/journey-images.ts";
import { createDatabase, dropDatabase, kubectl, type Target } from "../support/target.ts";
import { Zd, type ZdOutcome } from "../support/journey/zd.ts";

const NAME = "zd-journey";
const DATABASE = "zd_journey";

describe("A release by zd, from nothing and back again", function () {
  this.timeout(300_000);
  let target: Target;
  let images: Images;
  let zd: Zd;
  let load: Load | undefined;

  before(async () => {
    target = await theTarget();
    images = await goodImages(target);
    await removeAll();
    await kubectl(target, "wait", "--for=delete", `namespace/${NAME}`, "--timeout=120s");
    await kubectl(target, "create", "namespace", NAME);
    await createDatabase(target, DATABASE);
    zd = await Zd.create(NAME, target.variables);
  });

  after(async () => {
    await load?.stop();
    await removeAll();
    await zd.forget();
  });

  async function removeAll() {
    await kubectl(target, "delete", "namespace", NAME, "--ignore-not-found", "--wait=false");
    await dropDatabase(target, DATABASE, DATABASE);
  }

  function mustBeOk(outcome: ZdOutcome): ZdOutcome {
    expect(outcome.code, outcome.text).to.equal(0);
    return outcome;
  }

  it("begins with a config of the user's own, and passwords that nobody typed", async () => {
    const { database, gateway, registry, nodeImage } = target;
    const flags = {
      app: "address-book",
      namespace: NAME,
      image: `${registry}/address-book:v1`,
      gateway: `${gateway.namespace}/${gateway.name}`,
      hostname: `${NAME}.test`,
      "cluster-url": gateway.clusterUrl,
      "public-url": gateway.publicUrl,
      database: `${database.host}:${database.port}/${DATABASE}`,
      "database-admin": database.user,
      "database-superuser": "yes",
      sslmode: database.sslmode,
      schema: "0001-create-address",
      "jobs-repository": `${registry}/zero-downtime-jobs`,
      "jobs-base": nodeImage,
    };
    const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
    const outcome = await zd.bare(
      ["init", "--yes", "--stack", NAME, "--config-file", zd.configFile, ...args],
      {
        ZD_DATABASE_ADMIN_PASSWORD: database.password,
      },
    );
    mustBeOk(outcome);
    const text = await zd.readConfig();
    const { config } = parse(text) as { config: Record<string, unknown> };
    expect(config["zero-downtime:blue"]).to.deep.equal({
      version: "1.0.0",
      image: images.v1,
      schema: "0001-create-address",
    });
    expect(text).to.not.include(database.password);
    expect(Object.keys(config["zero-downtime:databasePasswords"] as object)).to.deep.equal([
      "admin",
      "migrator",
      "blue",
      "green",
    ]);
    await zd.setValue("jobs", { image: await jobsImage(target) });
    await zd.setValue("soak", 5);
    await zd.editApp({ preStopSeconds: 2, longestRequestSeconds: 20, startSeconds: 60 });
  });

  it("says what the first stage will do, and installs it", async () => {
    const plan = mustBeOk(await zd.run("plan"));
    expect(plan.text).to.match(/stable with blue active[^]*Create table address[^]*Run 1\.0\.0/);
    mustBeOk(await zd.run("next"));
    await fill({
      connection: {
        host: target.database.host,
        port: target.database.port,
        user: target.database.user,
        password: target.database.password,
        database: DATABASE,
      },
      count: 1000,
    });
    const url = target.gateway.publicUrl;
    load = await startLoad({ url, hostHeader: `${NAME}.test`, allowHost: new URL(url).hostname, rate: 60 });
  });

  it("answers in less than 3 s where the release is", async () => {
    const status = mustBeOk(await zd.run("status"));
    expect(status.text).to.match(/traffic +100 % blue 1\.0\.0, 2 of 2 pods ready/);
    expect(status.text).to.match(/next +name the new version: zd candidate/);
    expect(status.seconds).to.be.below(3);
  });

  it("takes a candidate by its tag and writes down the digest", async () => {
    const image = `${target.registry}/address-book:v2`;
    mustBeOk(
      await zd.run("candidate", "--version", "2.0.0", "--image", image, "--schema", "0002-split-street"),
    );
    expect(await zd.readConfig()).to.include(images.v2);
  });

  it("runs until the users are on the new version", async () => {
    mustBeOk(await zd.run("run", "--until", "switch"));
    const status = mustBeOk(await zd.run("status", "--json"));
    const { serving, usualBack } = JSON.parse(status.stdout) as {
      serving: { workload: string; percent: number }[];
      usualBack: object;
    };
    expect(serving.find(({ workload }) => workload === "green")?.percent).to.equal(100);
    expect(usualBack).to.deep.equal({ phase: "deploy", active: "blue" });
  });

  it("gives the users back at once, and records it", async () => {
    const outcome = mustBeOk(await zd.run("rollback"));
    expect(outcome.text).to.match(/All traffic is on blue again, after \d\.\d+ s/);
    expect(outcome.text).to.match(/deploy with blue active/);
  });

  it("has a history with every stage's versions and outcome, and goes back to one of them by legal moves", async () => {
    const history = mustBeOk(await zd.run("history"));
    expect(history.text).to.match(/1 .* stable with blue active +1\.0\.0 .*completed/);
    expect(history.text).to.match(/switch with green active +1\.0\.0 +2\.0\.0 .*completed/);
    const outcome = mustBeOk(await zd.run("rollback", "--to", "1"));
    expect(outcome.text).to.match(/To 1 .*: backfill with blue active → stable with blue active/);
  });

  it("loses nothing", async () => {
    const report = await load?.stop();
    load = undefined;
    if (!report) throw new Error("Nobody used the application");
    expect(report.problems).to.deep.equal([]);
    expect(isClean(report), JSON.stringify(report.totals)).to.equal(true);
  });
});
