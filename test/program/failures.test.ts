import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { up } from "../../local/environment.ts";
import {
  buildExamples,
  createAddressBook,
  type AddressBook,
  type Images,
} from "../support/journey/address-book.ts";
import type { Outcome } from "../support/journey/stack.ts";
import { asAdmin, kubectl, localTarget, type Target } from "../support/target.ts";

/** A failure that a person waits for must not take longer. */
const PATIENCE_SECONDS = 60;

describe("pulumi up", () => {
  let target: Target;
  let images: Images;
  let book: AddressBook;

  before(async function () {
    this.timeout(300_000);
    target = localTarget(await up());
    images = await buildExamples(target);
  });

  beforeEach(async function () {
    this.timeout(120_000);
    book = await createAddressBook(target, "failures", images);
  });

  afterEach(async function () {
    this.timeout(120_000);
    await book.remove();
  });

  function expectPromptFailure(outcome: Outcome, message: RegExp): void {
    expect(outcome.isOk, outcome.text).to.equal(false);
    expect(outcome.text, outcome.text).to.match(message);
    expect(outcome.seconds).to.be.below(PATIENCE_SECONDS);
  }

  async function expectNoTraffic(): Promise<void> {
    expect(await kubectl(target, "-n", book.name, "get", "httproutes", "-o", "name")).to.equal("");
  }

  async function expectNoSchema(): Promise<void> {
    const { rows } = await asAdmin(target, book.database, (client) =>
      client.query("SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'zero_downtime')"),
    );
    expect(rows).to.deep.equal([]);
  }

  it("tells that the database is down, before any schema or traffic", async function () {
    this.timeout(120_000);
    await book.stack.edit("database", (database) => ({ ...database, port: 1 }));
    const outcome = await book.stack.up();
    expectPromptFailure(outcome, /error connecting to PostgreSQL server .*: connection refused/);
    expect(outcome.text.match(/error connecting/g)).to.have.length.at.most(3);
    await expectNoTraffic();
    await expectNoSchema();
  });

  it("tells that the database refuses the password, before any schema or traffic", async function () {
    this.timeout(120_000);
    await book.stack.setSecret("databasePasswords.admin", "wrong");
    expectPromptFailure(await book.stack.up(), /password authentication failed for user/);
    await expectNoTraffic();
    await expectNoSchema();
  });

  it("tells that the kubeconfig leads nowhere, before any schema or traffic", async function () {
    this.timeout(120_000);
    const kubeconfig = join(dirname(book.stack.configFile), "dead-kubeconfig");
    const living = await kubectl(target, "config", "view", "--raw", "-o", "json");
    await writeFile(kubeconfig, living.replace(/"server": "[^"]*"/, '"server": "https://127.0.0.1:9"'));
    await book.stack.configure({ cluster: { kubeconfig } });
    expectPromptFailure(await book.stack.up(), /Kubernetes cluster is unreachable: .*127\.0\.0\.1:9/);
    await expectNoTraffic();
    await expectNoSchema();
  });

  it("tells that an image does not exist, before any schema or traffic", async function () {
    this.timeout(120_000);
    const image = `${target.registry}/address-book@sha256:${"0".repeat(64)}`;
    await book.stack.edit("blue", (blue) => ({ ...blue, image }));
    expectPromptFailure(
      await book.stack.up(),
      /Cannot go on as pod address-book-pull-.* cannot pull .*0000.*No schema was changed/,
    );
    await expectNoTraffic();
    await expectNoSchema();
  });

  it("goes on where an interrupt (Ctrl-C) stopped it", async function () {
    this.timeout(240_000);
    const running = book.stack.startUp();
    let isInterrupted = false;
    for await (const line of running.lines) {
      if (isInterrupted || !/Job ready-blue creating/.test(line)) continue;
      running.kill("SIGINT");
      isInterrupted = true;
    }
    const interrupted = await running.outcome;
    expect(interrupted.isOk, interrupted.text).to.equal(false);
    const repeated = await book.stack.up();
    expect(repeated.isOk, repeated.text).to.equal(true);
    expect(await book.stack.outputs()).to.include({ phase: "stable", active: "blue" });
  });
});
