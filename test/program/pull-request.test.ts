import { dirname } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { MARKER } from "../../cli/pull-request/comment.ts";
import { up } from "../../local/environment.ts";
import { silentReport } from "../../local/report.ts";
import {
  startCommentHostDouble,
  TOKEN,
  type CommentHostDouble,
} from "../cli/pull-request/comment-host-double.ts";
import { createAddressBook, PASSWORDS, type AddressBook } from "../support/journey/address-book.ts";
import { stateUrl } from "../support/journey/state-url.ts";
import { localTarget, type Target } from "../support/target.ts";

/** Nobody pulls it in a preview. */
const IMAGE = `registry.example.com/address-book@sha256:${"1".repeat(64)}`;

describe("zd preview", function () {
  this.timeout(120_000);
  let target: Target;
  let book: AddressBook;
  let double: CommentHostDouble;

  before(async () => {
    target = localTarget(await up(silentReport));
    double = await startCommentHostDouble();
    book = await createAddressBook(
      target,
      "pull-request",
      { v1: IMAGE, v2: IMAGE.replaceAll("1", "2") },
      { jobs: { image: IMAGE } },
    );
  });

  after(async () => {
    await book?.remove();
    await double?.close();
  });

  /** The script as the pipeline runs it. */
  const script = () =>
    execa(
      process.execPath,
      ["cli/main.ts", "preview", "--stack", book.name, "--config-file", book.stack.configFile],
      {
        reject: false,
        env: {
          ...target.variables,
          PULUMI_BACKEND_URL: stateUrl(dirname(book.stack.configFile)),
          PULUMI_CONFIG_PASSPHRASE: "for tests only",
          GITHUB_API_URL: double.gitHubApi,
          GITHUB_REPOSITORY: "team/shop",
          GITHUB_TOKEN: TOKEN,
          PULL_REQUEST: "7",
        },
      },
    );

  it("tells what merging would do, hides the resources behind a fold, and changes nothing", async () => {
    const { exitCode, stderr } = await script();
    expect(exitCode, stderr).to.equal(0);
    expect(double.comments).to.have.length(1);
    const body = double.comments[0]?.body ?? "";
    expect(body.startsWith(`${MARKER}\n\n## Next stage: \`pull-request\``)).to.equal(true);
    expect(body).to.match(/```text\nstable with blue active: .*\n(.*\n)*.*Run 1\.0\.0 \(blue\) at full size/);
    expect(body).to.match(/<details><summary>Resources: \d+ to create<\/summary>\n\n```diff\n/);
    expect(body).to.match(/\+ kubernetes:apps\/v1:Deployment: \(create\)/);
    expect(body).to.match(
      /## Migrations\n\n```text\n(.*\n)*migrations\/0002-split-street\/expand\.sql:1 .*\n  locks address: ACCESS EXCLUSIVE/,
    );
    for (const password of [PASSWORDS.migrator, PASSWORDS.blue, PASSWORDS.green])
      expect(body).to.not.include(password);
    expect(await book.stack.outputs()).to.deep.equal({});
  });

  it("puts the refusal of an illegal move in the same comment, and fails the check", async () => {
    await book.stack.configure({ phase: "deploy" });
    const { exitCode, stdout } = await script();
    expect(exitCode).to.equal(3);
    expect(stdout).to.match(/The comment of pull request 7 of team\/shop: updated\./);
    expect(double.comments).to.have.length(1);
    expect(double.comments[0]?.body).to.match(
      /## Refused: `pull-request`\n\n.*\n\n```text\nCannot begin at deploy .*as nothing has been completed on this stack yet/,
    );
    expect(double.writes).to.deep.equal(["POST", "PATCH 1"]);
  });
});
