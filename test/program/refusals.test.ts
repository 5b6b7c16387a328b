import { cp, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { up } from "../../local/environment.ts";
import {
  buildExamples,
  createAddressBook,
  type AddressBook,
  type Images,
} from "../support/journey/address-book.ts";
import { asAdmin, kubectl, localTarget, type Target } from "../support/target.ts";

/**
 * All that the release has in the cluster and in the database; a refused move leaves every
 * character of it.
 */
async function worldOf(target: Target, book: AddressBook): Promise<string> {
  const kinds = "deployments,services,jobs,httproutes,secrets,poddisruptionbudgets";
  const columns =
    "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{'\\n'}{end}";
  const objects = await kubectl(target, "-n", book.name, "get", kinds, "-o", columns);
  const catalog = await asAdmin(target, book.database, (client) =>
    client.query(
      "SELECT table_schema, table_name, column_name FROM information_schema.columns ORDER BY 1, 2, 3",
    ),
  );
  return `${objects}\n${JSON.stringify(catalog.rows)}`;
}

describe("pulumi preview", () => {
  let target: Target;
  let images: Images;
  let book: AddressBook;

  before(async function () {
    this.timeout(300_000);
    target = localTarget(await up());
    images = await buildExamples(target);
    book = await createAddressBook(target, "refusals", images);
    const first = await book.stack.up();
    expect(first.isOk, first.text).to.equal(true);
  });

  after(async function () {
    this.timeout(120_000);
    await book?.remove();
  });

  const other = (digit: string) => `127.0.0.1:5000/other@sha256:${digit.repeat(64)}`;

  const refused: readonly (readonly [string, () => Record<string, unknown>, RegExp])[] = [
    ["a missing key", () => ({ traffic: undefined }), /missing configuration value 'zero-downtime:traffic'/],
    [
      "an unknown phase",
      () => ({ phase: "swich" }),
      /zero-downtime:phase must be one of stable, .*; its value is "swich"/,
    ],
    [
      "a jump over a stage",
      () => ({ phase: "deploy" }),
      /Cannot go to deploy with blue active as the completed stage is stable with blue active\. The next legal step is expand with blue active/,
    ],
    [
      "an image without a digest",
      () => ({ green: { version: "2.0.0", image: "registry/app:latest", schema: "0002-split-street" } }),
      /zero-downtime:green\.image must name an image by digest.*; its value is "registry\/app:latest"/,
    ],
    [
      "colours with the same version",
      () => ({ green: { version: "1.0.0", image: images.v2, schema: "0002-split-street" } }),
      /green\.version must differ from blue\.version/,
    ],
    [
      "an edit of the active colour in place",
      () => ({ blue: { version: "1.0.1", image: other("1"), schema: "0001-create-address" } }),
      /Cannot change blue\.version from "1\.0\.0" to "1\.0\.1".*the active colour never changes in place/,
    ],
    [
      "an edit that belongs to another stage",
      () => ({ phase: "expand", soak: 1 }),
      /Cannot change soak from 5 to 1: settings may change in stable only/,
    ],
    [
      "a password in clear",
      () => ({ databasePasswords: { admin: "in clear" } }),
      /zero-downtime:databasePasswords/,
    ],
  ];

  for (const [what, changes, message] of refused) {
    it(`refuses ${what} in one clear message and touches nothing`, async function () {
      this.timeout(60_000);
      const before = await worldOf(target, book);
      const config = await book.stack.readConfig();
      try {
        await book.stack.configure(changes());
        for (const outcome of [await book.stack.preview(), await book.stack.up()]) {
          expect(outcome.isOk, outcome.text).to.equal(false);
          expect(outcome.text).to.match(message);
          expect(outcome.text).to.not.match(/\n\s+at .*\(.*\.ts:\d+/);
        }
      } finally {
        await book.stack.writeConfig(config);
      }
      expect(await worldOf(target, book)).to.equal(before);
    });
  }

  it("refuses a new password for the login of serving pods, touching nothing, but takes one for the idle colour", async function () {
    this.timeout(120_000);
    const before = await worldOf(target, book);
    const config = await book.stack.readConfig();
    try {
      for (const login of ["migrator", "blue"])
        await book.stack.setSecret(`databasePasswords.${login}`, "another");
      for (const outcome of [await book.stack.preview(), await book.stack.up()]) {
        expect(outcome.isOk, outcome.text).to.equal(false);
        expect(outcome.text).to.match(
          /Cannot change the password of \w+_blue as pods that serve log in with it .*Give the idle colour a new one/,
        );
      }
      expect(await worldOf(target, book)).to.equal(before);
    } finally {
      await book.stack.writeConfig(config);
    }
    await book.stack.setSecret("databasePasswords.green", "another");
    const changed = await book.stack.up();
    expect(changed.isOk, changed.text).to.equal(true);
  });

  it("shows the next stage in full before it happens, and an unchanged stage as unchanged", async function () {
    this.timeout(60_000);
    const unchanged = await book.stack.preview("--expect-no-changes");
    expect(unchanged.isOk, unchanged.text).to.equal(true);
    await book.stack.configure({ phase: "expand" });
    const next = await book.stack.preview();
    await book.stack.configure({ phase: "stable" });
    expect(next.isOk, next.text).to.equal(true);
    expect(next.text).to.match(/schema-expanded/);
  });

  describe("of a checkout with a broken migration", () => {
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

    it("names the folder that is missing", async function () {
      this.timeout(60_000);
      await rm(join(project, "migrations/0002-split-street"), { recursive: true });
      const outcome = await book.stack.in(project).preview();
      expect(outcome.text).to.match(
        /green\.schema must be a folder of migrations\/ \(0001-create-address\); its value is "0002-split-street"/,
      );
    });

    it("names the file that is malformed", async function () {
      this.timeout(60_000);
      await cp("migrations/0002-split-street", join(project, "migrations/0002-split-street"), {
        recursive: true,
      });
      await writeFile(
        join(project, "migrations/0002-split-street/expand.sql"),
        "ALTER TABLE address ADD COLUMN street_name;",
      );
      const outcome = await book.stack.in(project).preview();
      expect(outcome.isOk, outcome.text).to.equal(false);
      expect(outcome.text).to.match(/0002-split-street.*expand\.sql/);
    });
  });
});
