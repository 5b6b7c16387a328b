import { cp, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import type { Images } from "../support/journey/address-book.ts";
import { goodImages, jobsImage, theTarget } from "../support/journey/journey-images.ts";
import { noteCalls } from "../support/journey/pulumi-calls.ts";
import { skipAfterFailure } from "../support/journey/skip-after-failure.ts";
import { Stack, type Outcome } from "../support/journey/stack.ts";
import { began } from "../support/journey/stage-jobs.ts";
import { Zd, type ZdOutcome } from "../support/journey/zd.ts";
import { worldOf } from "../support/cluster/world.ts";
import { asAdmin, createDatabase, dropDatabase, kubectl, type Target } from "../support/target.ts";
import { REFUSED_EDITS } from "./refused-edits.ts";

const NAME = "own-stack";
const DATABASE = "own_stack";

/** A failure that a person waits for must not take longer. */
const PATIENCE_SECONDS = 60;

describe("A stack of one's own, from its first config to its second version's", function () {
  this.timeout(300_000);
  let target: Target;
  let images: Images;
  let zd: Zd;
  let stack: Stack;

  before(async () => {
    target = await theTarget();
    images = await goodImages(target);
    await removeAll();
    await kubectl(target, "wait", "--for=delete", `namespace/${NAME}`, "--timeout=120s");
    await kubectl(target, "create", "namespace", NAME);
    await createDatabase(target, DATABASE);
    zd = await Zd.create(NAME, target.variables);
    stack = new Stack({ folder: zd.folder, name: NAME, variables: target.variables });
  });

  skipAfterFailure(this);

  after(async () => {
    await removeAll();
    await zd?.forget();
  });

  it("begins by zd init with a config of the user's own, and passwords that nobody typed", async () => {
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
    const password = { ZD_DATABASE_ADMIN_PASSWORD: database.password };
    const config = ["--stack", NAME, "--config-file", zd.configFile];
    mustBeOk(await zd.bare(["init", "--yes", ...config, ...args], password));
    const text = await zd.readConfig();
    const written = (parse(text) as { config: Record<string, object> }).config;
    expect(written["zero-downtime:blue"]).to.deep.equal({
      version: "1.0.0",
      image: images.v1,
      schema: "0001-create-address",
    });
    expect(text).to.not.include(database.password);
    expect(Object.keys(written["zero-downtime:databasePasswords"] ?? {})).to.deep.equal([
      "admin",
      "migrator",
      "blue",
      "green",
    ]);
    await zd.setValue("jobs", { image: await jobsImage(target) });
    await zd.setValue("soak", 5);
    // Its readiness asks no database, and a version must be seen to log in.
    await stack.edit("app", (app) => ({ ...app, warmUp: { paths: ["/addresses?limit=10"] } }));
  });

  it("tells that the kubeconfig leads nowhere, before any schema or traffic", async () => {
    const kubeconfig = join(dirname(stack.configFile), "dead-kubeconfig");
    const living = await kubectl(target, "config", "view", "--raw", "-o", "json");
    await writeFile(kubeconfig, living.replace(/"server": "[^"]*"/, '"server": "https://127.0.0.1:9"'));
    const why = /Kubernetes cluster is unreachable: .*127\.0\.0\.1:9/;
    await failsPromptly(() => stack.configure({ cluster: { kubeconfig } }), why);
  });

  it("tells that the database is down, before any schema or traffic", async () => {
    const why = /error connecting to PostgreSQL server .*: connection refused/;
    const { text } = await failsPromptly(
      () => stack.edit("database", (database) => ({ ...database, port: 1 })),
      why,
    );
    expect(text.match(/error connecting/g)).to.have.length.at.most(3);
  });

  it("tells that the database refuses the password, before any schema or traffic", async () => {
    const why = /password authentication failed for user/;
    await failsPromptly(() => stack.setSecret("databasePasswords.admin", "wrong"), why);
  });

  it("says by zd plan what the first stage will do", async () => {
    const { text } = mustBeOk(await zd.run("plan"));
    expect(text).to.match(/stable with blue active[^]*Create table address[^]*Run 1\.0\.0/);
  });

  it("goes on by zd next where an interrupt (Ctrl-C) stopped it, and is installed", async () => {
    const running = stack.startUp();
    const { hasCome } = began("ready-blue");
    let isInterrupted = false;
    for await (const line of running.lines) {
      if (isInterrupted || !hasCome([line])) continue;
      running.kill("SIGINT");
      isInterrupted = true;
    }
    const interrupted = await running.outcome;
    expect(interrupted.isOk, interrupted.text).to.equal(false);
    mustBeOk(await zd.run("next"));
    expect(await stack.outputs()).to.include({ phase: "stable", active: "blue" });
  });

  it("tells by zd status where the release is from one look at its state, without an engine or a program", async () => {
    const calls = await noteCalls(target.variables["PATH"] ?? "");
    try {
      const args = ["status", "--stack", NAME, "--config-file", zd.configFile];
      const { text } = mustBeOk(await zd.bare(args, { PATH: calls.path }));
      expect(text).to.match(/traffic +100 % blue 1\.0\.0, 2 of 2 pods ready/);
      expect(text).to.match(/next +name the new version: zd candidate/);
      expect((await calls.all()).map((call) => call.split(" --")[0])).to.deep.equal(["stack export"]);
    } finally {
      await calls.forget();
    }
  });

  it("takes a candidate by its tag, by zd candidate, and writes down the digest", async () => {
    const image = `${target.registry}/address-book:v2`;
    const names = ["--version", "2.0.0", "--image", image, "--schema", "0002-split-street"];
    mustBeOk(await zd.run("candidate", ...names));
    expect(await zd.readConfig()).to.include(images.v2);
  });

  for (const { what, changes, messages } of REFUSED_EDITS) {
    it(`refuses in preview and in up, in clear words and touching nothing: ${what}`, () =>
      isRefused(() => stack.configure(changes), messages));
  }

  it("refuses a new password for the login of serving pods, touching nothing, but takes one for the idle colour", async () => {
    await isRefused(async () => {
      for (const login of ["migrator", "blue"])
        await stack.setSecret(`databasePasswords.${login}`, "another");
    }, [
      /Cannot change the password of \w+_blue as pods that serve log in with it, .*Give the idle colour a new one/,
    ]);
    await stack.setSecret("databasePasswords.green", "another");
    const changed = await stack.up();
    expect(changed.isOk, changed.text).to.equal(true);
  });

  it("shows the next stage in full before it happens, and an unchanged stage as unchanged", async () => {
    const unchanged = await stack.preview("--expect-no-changes");
    expect(unchanged.isOk, unchanged.text).to.equal(true);
    const expand = () => stack.configure({ phase: "expand" });
    const { text, isOk } = await withEdit(expand, () => stack.preview());
    expect(isOk, text).to.equal(true);
    expect(text).to.match(/schema-expanded/);
  });

  describe("in a checkout with a broken migration", () => {
    let project: string;

    before(async () => {
      project = await mkdtemp(join(tmpdir(), "zero-downtime-checkout-"));
      for (const entry of await readdir(".")) {
        if (entry.startsWith(".") || entry === "migrations") continue;
        await symlink(resolve(entry), join(project, entry));
      }
      await cp("migrations", join(project, "migrations"), { recursive: true });
    });

    after(() => rm(project, { recursive: true, force: true }));

    it("names the folder that is missing", async () => {
      await rm(join(project, "migrations/0002-split-street"), { recursive: true });
      const outcome = await stack.in(project).preview();
      expect(outcome.text).to.match(
        /green\.schema must be a folder of migrations\/ \(0001-create-address\); its value is "0002-split-street"/,
      );
    });

    it("names the file that is malformed", async () => {
      await cp("migrations/0002-split-street", join(project, "migrations/0002-split-street"), {
        recursive: true,
      });
      await writeFile(
        join(project, "migrations/0002-split-street/expand.sql"),
        "ALTER TABLE address ADD COLUMN street_name;",
      );
      const outcome = await stack.in(project).preview();
      expect(outcome.isOk, outcome.text).to.equal(false);
      expect(outcome.text).to.match(/0002-split-street.*expand\.sql/);
    });
  });

  /** Does something with a config that is as it was afterwards. */
  async function withEdit<Result>(edit: () => Promise<void>, run: () => Promise<Result>): Promise<Result> {
    const config = await stack.readConfig();
    try {
      await edit();
      return await run();
    } finally {
      await stack.writeConfig(config);
    }
  }

  async function failsPromptly(edit: () => Promise<void>, why: RegExp): Promise<Outcome> {
    const outcome = await withEdit(edit, () => stack.up());
    expect(outcome.isOk, outcome.text).to.equal(false);
    expect(outcome.text, outcome.text).to.match(why);
    expect(outcome.seconds).to.be.below(PATIENCE_SECONDS);
    expect(await kubectl(target, "-n", NAME, "get", "httproutes", "-o", "name")).to.equal("");
    const { rows } = await asAdmin(target, DATABASE, (client) =>
      client.query("SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'zero_downtime')"),
    );
    expect(rows).to.deep.equal([]);
    return outcome;
  }

  async function isRefused(edit: () => Promise<void>, messages: readonly RegExp[]): Promise<void> {
    const before = await worldOf(target, NAME, DATABASE);
    const outcomes = await withEdit(edit, async () => [await stack.preview(), await stack.up()]);
    for (const { isOk, text } of outcomes) {
      expect(isOk, text).to.equal(false);
      for (const message of messages) expect(text, text).to.match(message);
      expect(text).to.not.match(/\n\s+at .*\(.*\.ts:\d+/);
    }
    expect(await worldOf(target, NAME, DATABASE)).to.equal(before);
  }

  async function removeAll(): Promise<void> {
    await kubectl(target, "delete", "namespace", NAME, "--ignore-not-found", "--wait=false");
    await dropDatabase(target, DATABASE, DATABASE);
  }
});

function mustBeOk(outcome: ZdOutcome): ZdOutcome {
  expect(outcome.code, outcome.text).to.equal(0);
  return outcome;
}
