import { copyFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { isClean } from "../../example/load/report.ts";
import type { Load } from "../../example/load/start-load.ts";
import { clusterSight } from "../support/cluster/cluster-state.ts";
import { sectionsOf, variablesIn, type GuideStep } from "../support/journey/guide.ts";
import { plainAppImage, theTarget, goodImages } from "../support/journey/journey-images.ts";
import { startPageLoad } from "../support/journey/page-load.ts";
import { skipAfterFailure } from "../support/journey/skip-after-failure.ts";
import { WORK } from "../support/journey/stage-jobs.ts";
import { stateUrl } from "../support/journey/state-url.ts";
import { versionsNow } from "../support/journey/who-serves.ts";
import { createDatabase, dropDatabase, kubectl, type Target } from "../support/target.ts";
import { until } from "../support/until.ts";

/** The longest step is seven stages, also while others share the machine. */
const STEP_MILLISECONDS = 590_000;

const [choices, ...sections] = sectionsOf("docs/own-container.md");
const NAMESPACE = "own-app";
/** Of application and database; a name that roles can begin with too. */
const NAME = "ownapp";

/** `npm run zd --` of a checkout whose dependencies are those of this one. */
const ZD = `"${process.execPath}" cli/main.ts`;

/** What the first commands of a section must have brought about, beside what it says itself. */
const ANSWERS: Readonly<Record<string, RegExp>> = {
  "Install version 1": /This is 1\.0\.0 in blue\./,
  "Release version 2": /This is 2\.0\.0 in green\./,
  "Release it with its table": /"?3\.0\.0/,
};

describe("The guide for one's own application, followed as it stands, with users at the Service", function () {
  this.timeout(STEP_MILLISECONDS + 10_000);
  let target: Target;
  let folder: string;
  let variables: Record<string, string>;
  let users: Load | undefined;

  before(async () => {
    target = await theTarget();
    await removeLeftovers();
    await kubectl(target, "wait", "--for=delete", `namespace/${NAMESPACE}`, "--timeout=120s");
    await createDatabase(target, NAME);
    folder = await mkdtemp(join(tmpdir(), "zero-downtime-own-app-"));
    await mkdir(join(folder, "state"));
    await layOutCheckout(join(folder, "checkout"));
    variables = await readersVariables();
  });

  skipAfterFailure(this);

  after(async () => {
    await users?.stop();
    await removeLeftovers();
    await rm(folder, { recursive: true, force: true });
  });

  it("asks the reader for these values, and no others", () => {
    const commands = choices?.steps.map((step) => step.commands).join("\n") ?? "";
    expect(variablesIn(commands).sort()).to.deep.equal(Object.keys(variables).sort());
    expect(sections.map(({ title }) => title)).to.include.members(Object.keys(ANSWERS));
  });

  for (const { title, steps } of sections) {
    for (const [at, step] of steps.entries()) {
      it(`does what it says: ${title}${at === 0 ? "" : ", further on"}`, () =>
        follow(step, at === 0 ? ANSWERS[title] : undefined));
      if (title === "Install version 1") usersCome();
      if (title === "Release version 2" && at === 0) isSwitched();
      if (title === "Release version 2" && at === 1) isDoneWithoutDatabase();
    }
  }

  it("loses nothing, from the first user to the end", async () => {
    const report = await users?.stop();
    users = undefined;
    if (!report) throw new Error("Nobody used the application");
    expect(report.problems).to.deep.equal([]);
    expect(isClean(report), JSON.stringify(report.totals)).to.equal(true);
    expect(report.totals.seen.map(({ version }) => version)).to.include.members(["1.0.0", "2.0.0", "3.0.0"]);
  });

  function usersCome() {
    it("is used from then on, on fresh and on kept-alive connections", async () => {
      const service = ["--namespace", NAMESPACE, "get", "service", NAME];
      const address = await kubectl(target, ...service, "--output=jsonpath={.spec.clusterIP}");
      users = startPageLoad({ url: `http://${address}:80`, path: "/version", rate: 80 });
      expect(await versionsNow(users)).to.deep.equal(["1.0.0"]);
    });
  }

  /** What the guide says of going back and of going on, beside its commands. */
  function isSwitched() {
    it("has needed no stage for a schema, and nothing of a database is there", async () => {
      const { objects, jobs } = await sight();
      expect(objects.filter((name) => name.startsWith("Secret/"))).to.deep.equal([]);
      expect(jobs).to.deep.equal(WORK["switch, without a database"]);
    });

    it("brings every new connection to the new version in switch, and back at once by zd rollback", async () => {
      expect(await freshVersions()).to.deep.equal(["2.0.0"]);
      const back = await types(`${ZD} rollback`);
      expect(back).to.match(/All traffic is on blue again, after \d+\.\d+ s/);
      expect(back).to.match(/deploy with blue active/);
      expect(await freshVersions()).to.deep.equal(["1.0.0"]);
      expect((await sight()).jobs).to.deep.equal(WORK["back in deploy, from a warm version"]);
      await types(`${ZD} next`);
      expect(await freshVersions()).to.deep.equal(["2.0.0"]);
    });

    it("sees a hand set the selector back, before it retires the old version", async () => {
      const selector = { spec: { selector: { "zero-downtime/workload": "blue" } } };
      const patch = ["patch", "service", NAME, "--patch", JSON.stringify(selector)];
      await kubectl(target, "--namespace", NAMESPACE, ...patch);
      await until("the hand's selector is in force", async () => (await freshVersions()).includes("1.0.0"));
    });
  }

  function isDoneWithoutDatabase() {
    it("has moved the last kept-alive connection when its pod ended, though a hand had set the selector back", async () => {
      await until("it has moved", async () => !(await versionsNow(load())).includes("1.0.0"));
    });

    it("is done without a schema to contract", async () => {
      expect(await versionsNow(load())).to.deep.equal(["2.0.0"]);
      expect(await types("pulumi stack output --json")).to.match(/"schema": "none"/);
    });
  }

  async function follow({ commands, expected }: GuideStep, answer = /(?:)/): Promise<void> {
    const all = await types(commands);
    expect(all).to.match(answer);
    for (const line of expected) expect(withoutSpace(all)).to.include(withoutSpace(line));
  }

  /** Commands in the reader's shell, which must end well; what they print. */
  async function types(commands: string): Promise<string> {
    const { exitCode, all } = await execa("bash", ["-euo", "pipefail", "-c", commands], {
      cwd: join(folder, "checkout"),
      env: { ...target.variables, ...variables, NO_COLOR: "1" },
      all: true,
      reject: false,
      stdin: "ignore",
      timeout: STEP_MILLISECONDS,
    });
    expect(exitCode, all).to.equal(0);
    return all;
  }

  const sight = () => clusterSight(target, NAMESPACE, NAME);

  function load(): Load {
    if (!users) throw new Error("Nobody uses the application yet");
    return users;
  }

  const freshVersions = () => versionsNow(load(), "fresh");

  /** A clone of the repository, as far as the guide changes it; what it leaves alone is linked. */
  async function layOutCheckout(checkout: string): Promise<void> {
    await mkdir(checkout);
    for (const entry of await readdir(".", { withFileTypes: true })) {
      if (entry.name.startsWith(".") || /^Pulumi\..+\.yaml$/.test(entry.name)) continue;
      if (entry.name === "migrations") {
        await cp(entry.name, join(checkout, entry.name), { recursive: true });
      } else if (entry.isFile()) {
        copyFileSync(entry.name, join(checkout, entry.name));
      } else {
        await symlink(resolve(entry.name), join(checkout, entry.name));
      }
    }
  }

  async function readersVariables(): Promise<Record<string, string>> {
    const plain = await plainAppImage(target);
    const { database } = target;
    return {
      STACK: NAMESPACE,
      APP: NAME,
      NAMESPACE,
      IMAGE_1: plain,
      IMAGE_2: plain,
      IMAGE_3: (await goodImages(target)).v1,
      JOBS_REPOSITORY: `${target.registry}/zero-downtime-jobs`,
      NODE_IMAGE: target.nodeImage,
      KUBECONFIG: target.kubeconfig,
      PULUMI_BACKEND_URL: stateUrl(join(folder, "state")),
      PULUMI_CONFIG_PASSPHRASE: "for tests only",
      DATABASE_HOST: database.host,
      DATABASE_PORT: String(database.port),
      DATABASE_NAME: NAME,
      DATABASE_SSLMODE: database.sslmode,
      DATABASE_ADMIN: database.user,
      DATABASE_ADMIN_PASSWORD: database.password,
      DATABASE_ADMIN_IS_SUPERUSER: "true",
    };
  }

  async function removeLeftovers(): Promise<void> {
    await kubectl(target, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
    await dropDatabase(target, NAME, NAME);
  }
});

const withoutSpace = (text: string): string => text.replace(/\s+/g, "");
