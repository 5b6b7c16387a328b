import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { up } from "../../local/environment.ts";
import { withPlace } from "../../cli/stack/config-file.ts";
import { initialConfig, type Answers } from "../../cli/init/initial-config.ts";
import { localTarget, type Target } from "../support/target.ts";
import { Zd, type ZdOutcome } from "../support/journey/zd.ts";

const STACK = "zd-newcomer";

const ANSWERS: Answers = {
  app: { name: "shop" },
  namespace: "zd-newcomer",
  strategy: "blue-green",
  version: "1.0.0",
  image: `registry.example/shop@sha256:${"1".repeat(64)}`,
  traffic: { mode: "service", type: "ClusterIP" },
  database: null,
  jobsRepository: "registry.example/jobs",
};

/**
 * Who reads nothing beforehand and types what comes to mind: each answer says what is true and what
 * to type.
 */
describe("zd in the hands of a newcomer", function () {
  this.timeout(120_000);
  let target: Target;
  let zd: Zd;

  before(async () => {
    target = localTarget(await up());
  });

  beforeEach(async () => {
    zd = await Zd.create(STACK, target.variables);
  });

  afterEach(() => zd.forget());

  /** A stack without a single `up`, on a cluster that does not answer unless told otherwise. */
  async function begin(kubeconfig?: string): Promise<void> {
    const config = initialConfig(ANSWERS);
    await writeFile(zd.configFile, config);
    await zd.pulumi("stack", "init", STACK);
    await zd.setValue("cluster", { kubeconfig: kubeconfig ?? (await kubeconfigWith(DEAD)) });
    await zd.setValue("jobs", { image: `registry.example/jobs@sha256:${"2".repeat(64)}` });
  }

  const DEAD = { server: "https://127.0.0.1:9" };

  async function kubeconfigWith({ server, token }: { server?: string; token?: string }): Promise<string> {
    const config = parseDocument(await readFile(target.kubeconfig, "utf8"));
    if (server !== undefined) config.setIn(["clusters", 0, "cluster", "server"], server);
    if (token !== undefined) config.setIn(["users", 0, "user"], { token });
    const file = join(zd.folder, "kubeconfig");
    await writeFile(file, config.toString());
    return file;
  }

  function expectHelp({ code, text }: ZdOutcome, expected: number, ...words: readonly RegExp[]): void {
    expect(code, text).to.equal(expected);
    for (const word of words) expect(text).to.match(word);
    expect(text, "a stack trace").to.not.match(/\n\s+at .*:\d+:\d+/);
  }

  it("tells what there is where nothing else is typed", async () => {
    expectHelp(await zd.bare([]), 0, /Begin with:/, /zd status/, /rollback/, /Exit codes: 0 done, 1 failed/);
  });

  it("guesses what a mistyped command was meant to be", async () => {
    expectHelp(await zd.bare(["nxt"]), 2, /unknown command 'nxt'/, /Did you mean next\?/);
    expectHelp(await zd.bare(["rolback"]), 2, /Did you mean rollback\?/);
  });

  it("names the phases where there is no such phase", async () => {
    await begin();
    expectHelp(await zd.run("to", "swich"), 2, /no such phase/, /stable, expand, .*contract/);
  });

  it("says how to choose or make a stack where none is selected", async () => {
    expectHelp(await zd.bare(["next"]), 2, /which stack is meant/, /pulumi stack select|zd init/);
  });

  it("says so where the stack does not exist", async () => {
    expectHelp(
      await zd.bare(["status", "--stack", "nowhere"]),
      2,
      /Cannot find .*nowhere/,
      /zd init|--stack/,
    );
  });

  it("still tells the next move where the cluster does not answer, and names it", async () => {
    await begin();
    const outcome = await zd.run("status");
    expectHelp(
      outcome,
      0,
      /traffic +unknown: Cannot reach the cluster .*127\.0\.0\.1:9/,
      /next +stable with blue active/,
    );
    // Nor is it waited for: what asks no cluster takes its time, too.
    const { seconds } = await zd.run("plan");
    expect(outcome.seconds).to.be.below(5 * seconds);
  });

  it("watches until Ctrl-C, which ends it at once", async () => {
    await begin();
    const watching = zd.start(["status", "--watch", "--stack", STACK, "--config-file", zd.configFile]);
    for await (const line of watching.iterable({ from: "all" })) {
      if (/^next /.test(line)) watching.kill("SIGINT");
    }
    expect((await watching).signal).to.equal("SIGINT");
  });

  it("says that a login has expired", async () => {
    await begin(await kubeconfigWith({ token: "expired" }));
    expectHelp(await zd.run("status"), 0, /does not accept the login of the kubeconfig \(401\)/);
    expectHelp(await zd.run("rollback"), 6, /does not accept the login/, /log in anew/);
  });

  it("asks what is meant where config says another stage than the next one, and leaves it as it is", async () => {
    await begin();
    const edited = withPlace(await zd.readConfig(), { phase: "switch", active: "blue" });
    await writeFile(zd.configFile, edited);
    const outcome = await zd.run("next");
    expectHelp(outcome, 3, /Nothing was changed/, /zd /);
    expect(await zd.readConfig()).to.equal(edited);
  });

  it("names every key that config lacks", async () => {
    await begin();
    await writeFile(zd.configFile, "config:\n  zero-downtime:active: blue\n");
    expectHelp(
      await zd.run("status"),
      2,
      /zero-downtime:phase/,
      /zero-downtime:namespace/,
      /pulumi config set/,
    );
  });

  it("names the file to remove where a kill has left the state's side file empty, and works again without it", async () => {
    await begin();
    const sideFile = join(zd.folder, `.pulumi/stacks/zero-downtime/${STACK}.json.attrs`);
    await writeFile(sideFile, "");
    expectHelp(
      await zd.run("status"),
      6,
      /failed to load checkpoint: EOF/,
      /<stack>\.json\.attrs/,
      /metadata=skip/,
    );
    await rm(sideFile);
    expectHelp(await zd.run("status"), 0, /next +stable with blue active/);
  });

  it("writes no side file with the backend's URL of the guide, so that a kill cannot break it", async () => {
    await begin();
    const written = await readdir(join(zd.folder, ".pulumi/stacks/zero-downtime"));
    expect(written).to.include(`${STACK}.json`);
    expect(written.filter((name) => name.endsWith(".attrs"))).to.deep.equal([]);
  });

  it("names who is at work on the stack, and changes nothing", async () => {
    await begin();
    const config = await zd.readConfig();
    const holder = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "pulumi"], {
      stdio: "ignore",
    });
    try {
      await holdLock(zd, holder.pid);
      expectHelp(
        await zd.run("next"),
        5,
        new RegExp(`process ${holder.pid} of ann on this machine`),
        /zd status --watch/,
      );
      expect(await zd.readConfig()).to.equal(config);
    } finally {
      await ended(holder);
    }
  });

  it("breaks the lock of an up that is gone, says so, and goes on", async () => {
    await begin();
    const gone = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
    await once(gone, "exit");
    await holdLock(zd, gone.pid);
    const outcome = await zd.run("next");
    // The cluster does not answer, so the stage cannot complete; it got as far as that.
    expectHelp(
      outcome,
      1,
      new RegExp(`Broke the lock of process ${gone.pid} of ann`),
      /True now:/,
      /Next: zd next/,
    );
  });
});

/** As an `up` leaves it in a state kept in files. */
async function holdLock({ folder, stack }: Zd, pid: number | undefined): Promise<void> {
  const locks = join(folder, ".pulumi/locks/organization/zero-downtime", stack);
  await mkdir(locks, { recursive: true });
  const content = { pid, username: "ann", hostname: hostname(), timestamp: "2026-01-02T03:04:05Z" };
  await writeFile(join(locks, "0b0e5a1c-7d3f-4f3e-9a57-0d6d8a3c1f11.json"), JSON.stringify(content));
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
