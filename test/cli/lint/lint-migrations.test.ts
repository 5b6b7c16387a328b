import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { LintResult } from "../../../cli/lint/lint-folder.ts";
import type { PlannedStatement } from "../../../cli/lint/measure/measure-folder.ts";
import { eventually } from "../../support/eventually.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";

const BOOK = "CREATE TABLE book (id int PRIMARY KEY, title varchar(40), price int);";

describe("zd lint", () => {
  const made: string[] = [];

  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
  });

  /** A folder with a table, and a second migration after it. */
  function folderWith(parts: Partial<MigrationFiles>): string {
    const folder = mkdtempSync(join(tmpdir(), "lint-migrations-"));
    made.push(folder);
    const all: Record<string, Partial<MigrationFiles>> = {
      "0001-book": { "expand.sql": BOOK },
      "0002-change": parts,
    };
    for (const [id, files] of Object.entries(all)) {
      mkdirSync(join(folder, id));
      for (const [file, text] of Object.entries({ "migration.yaml": "description: x\n", ...files })) {
        writeFileSync(join(folder, id, file), text ?? "");
      }
    }
    return folder;
  }

  const run = (...words: readonly string[]) =>
    execa(process.execPath, ["cli/main.ts", "lint", ...words], {
      reject: false,
      timeout: 60_000,
      all: true,
    });

  it("finds nothing against the migrations of this repository", async () => {
    const { exitCode, stdout } = await run();
    expect(exitCode, stdout).to.equal(0);
    expect(stdout).to.match(
      /^migrations\/0002-split-street\/contract\.sql:1 {2}ALTER TABLE address DROP COLUMN street$/m,
    );
    expect(stdout).to.match(/ 0 refused$/);
  });

  it("tells place, locks, reason and safe form of a destructive statement in expand.sql", async () => {
    const folder = folderWith({ "expand.sql": "-- tidy up\nDROP TABLE book;\n" });
    const { exitCode, stdout } = await run(folder);
    expect(exitCode).to.equal(1);
    const { length } = stdout.split("\n");
    expect(length).to.be.below(20);
    expect(stdout).to.contain(`${folder}/0002-change/expand.sql:2  DROP TABLE book
  locks book: ACCESS EXCLUSIVE (nobody else reads or writes meanwhile)
  destroys data: no table may be dropped before contract, as the old version uses it (drop-early)
  write instead:
    -- contract.sql
    DROP TABLE book;
`);
  });

  it("prints the same as JSON", async () => {
    const folder = folderWith({ "expand.sql": "CREATE INDEX book_title ON book (title);" });
    const { exitCode, stdout } = await run(folder, "--json");
    expect(exitCode).to.equal(1);
    const result = JSON.parse(stdout) as LintResult;
    const [report] = result.statements.filter(({ migration }) => migration === "0002-change");
    expect(report?.locks).to.deep.equal([{ table: "book", mode: "SHARE" }]);
    expect(report?.findings.map(({ rule, instead }) => [rule, instead])).to.deep.equal([
      ["create-index", "CREATE INDEX CONCURRENTLY book_title ON book (title);"],
    ]);
  });

  it("tells file and line of SQL that cannot be read, beside what can", async () => {
    const folder = folderWith({ "expand.sql": "ALTER TABLE book ADD COLUMN a int;\n\nALTR TABLE book;" });
    const { exitCode, stdout } = await run(folder);
    expect(exitCode).to.equal(1);
    expect(stdout).to.contain('0002-change: expand.sql:3: syntax error at or near "ALTR"');
    expect(stdout).to.contain("0001-book/expand.sql:1");
  });

  it("has nothing against an empty file", async () => {
    expect((await run(folderWith({ "expand.sql": "" }))).exitCode).to.equal(0);
  });

  it("lets a statement stand for a written reason, and not without one", async () => {
    const index = "CREATE INDEX book_title ON book (title);";
    const allowed = await run(folderWith({ "expand.sql": `-- allow create-index: forty rows\n${index}` }));
    expect(allowed.exitCode, allowed.stdout).to.equal(0);
    expect(allowed.stdout)
      .to.contain("allowed: create-index: forty rows")
      .and.to.contain("1 allowed by a written reason");
    const silent = await run(folderWith({ "expand.sql": `-- allow create-index:\n${index}` }));
    expect(silent.exitCode).to.equal(1);
    expect(silent.stdout).to.contain("an allowance needs a reason");
  });

  const wrongUses: readonly (readonly [words: readonly string[], reason: RegExp])[] = [
    [["/nowhere/at/all"], /Cannot read the migrations as \/nowhere\/at\/all is not a readable folder/],
    [["--after", "0009-none"], /0009-none as migrations has no such migration: 0001-create-address, /],
    [["--measure", "13"], /It must be 14, 15, 16, 17 or 18/],
    [["--frobnicate"], /unknown option '--frobnicate'/],
    [["one", "two"], /too many arguments/],
  ];
  for (const [words, reason] of wrongUses) {
    it(`ends with 2 and says why when asked for ${words.join(" ")}`, async () => {
      const { exitCode, stderr } = await run(...words);
      expect(exitCode).to.equal(2);
      expect(stderr).to.match(reason);
    });
  }

  it("measures each statement on a PostgreSQL of the version asked for, and finds what lint says", async () => {
    const folder = folderWith({
      "expand.sql": `ALTER TABLE book ALTER COLUMN title TYPE varchar(80);
CREATE INDEX CONCURRENTLY book_price ON book (price);
CREATE TABLE page (id int); ALTER TABLE page ADD PRIMARY KEY (id);`,
      "undo.sql": "",
      "contract.sql": "ALTER TABLE book DROP COLUMN price;",
    });
    const { exitCode, stdout } = await run(folder, "--after", "0001-book", "--measure", "18", "--json");
    expect(exitCode, stdout).to.equal(0);
    const plan = JSON.parse(stdout) as readonly PlannedStatement[];
    expect(plan.map(({ measured }) => measured?.locks)).to.deep.equal([
      [{ table: "book", mode: "ACCESS EXCLUSIVE" }],
      [{ table: "book", mode: "SHARE UPDATE EXCLUSIVE" }],
      [],
      [],
      [{ table: "book", mode: "ACCESS EXCLUSIVE" }],
    ]);
    expect(plan.flatMap(({ differences }) => differences)).to.deep.equal([]);
  });

  it("tells which statement fails on the throwaway PostgreSQL", async () => {
    const folder = folderWith({ "expand.sql": "ALTER TABLE pamphlet ADD COLUMN a int;" });
    const { exitCode, stdout } = await run(folder, "--measure", "18");
    expect(exitCode).to.equal(1);
    expect(stdout).to.contain('relation "pamphlet" does not exist');
  });

  it("ends with 1, as that is no wrong use, where what comes before cannot be run", async () => {
    const folder = folderWith({ "expand.sql": "ALTER TABLE book ADD COLUMN a int;" });
    writeFileSync(join(folder, "0001-book", "expand.sql"), "CREATE TABLE book (id nonsense);");
    const { exitCode, stderr } = await run(folder, "--after", "0001-book", "--measure", "18");
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/Cannot measure as 0001-book: expand\.sql:1, .* type "nonsense" does not exist/);
  });

  it("takes its throwaway PostgreSQL along when it is told to end", async () => {
    const folder = folderWith({ "expand.sql": "SELECT pg_catalog.pg_sleep(50);" });
    const temporary = mkdtempSync(join(tmpdir(), "lint-temporary-"));
    made.push(temporary);
    // The server does not run as root, and must reach its data.
    chmodSync(temporary, 0o755);
    const running = execa(process.execPath, ["cli/main.ts", "lint", folder, "--measure", "18"], {
      reject: false,
      env: { TMPDIR: temporary },
    });
    const started = await eventually(
      () =>
        globSync(join(temporary, "zero-downtime-measure-*/data/postmaster.pid"))
          .map((file) => readFileSync(file, "utf8"))
          .find((text) => text.includes("ready")),
      (text) => text !== undefined,
      30_000,
    );
    const server = Number(started?.split("\n")[0]);
    running.kill("SIGTERM");
    expect(await running).to.include({ signal: "SIGTERM" });
    expect(globSync(join(temporary, "zero-downtime-measure-*"))).to.deep.equal([]);
    expect(() => process.kill(server, 0)).to.throw(/ESRCH/);
  });

  it("measures on a dump of the schema as well", async () => {
    const folder = folderWith({ "expand.sql": "ALTER TABLE book ADD COLUMN a int;" });
    const dump = join(folder, "schema.sql");
    writeFileSync(
      dump,
      `\\restrict x\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.book (id integer);\n`,
    );
    const { exitCode, stdout } = await run(
      folder,
      "--after",
      "0001-book",
      "--measure",
      "18",
      "--schema",
      dump,
    );
    expect(exitCode, stdout).to.equal(0);
    expect(stdout).to.contain("measured: locks book: ACCESS EXCLUSIVE");
  });
});
