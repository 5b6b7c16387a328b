import { expect } from "chai";
import { refuseUnsafe } from "../../components/migrations.ts";
import type { Release } from "../../release/release.ts";
import { parseMigration, type Migration } from "../../schema/migration/migration.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

function slot(colour: "blue" | "green", schema: string) {
  return { colour, version: "1", image: `app@${DIGEST}`, schema };
}

function releaseIn(phase: "stable" | "expand" | "backfill" | "retire"): Release {
  return {
    phase,
    strategy: "blue-green",
    rungs: [],
    migrations: ["0001-table", "0002-change"],
    settings: {},
    from: slot("blue", "0001-table"),
    to: slot("green", "0002-change"),
  };
}

async function migrations(first: string, second: string): Promise<readonly Migration[]> {
  const all = Object.entries({ "0001-table": first, "0002-change": second });
  return Promise.all(
    all.map(async ([id, expand]) => {
      const parsed = await parseMigration(id, { "migration.yaml": "description: x", "expand.sql": expand });
      if ("errors" in parsed) throw new Error(parsed.errors.join());
      return parsed.migration;
    }),
  );
}

describe("the program", () => {
  it("refuses to expand with unsafe statements, all at once and each with its safe form", async () => {
    const known = await migrations(
      "CREATE TABLE item (id int);",
      "DROP TABLE item;\nCREATE INDEX i ON item (id);",
    );
    expect(() => refuseUnsafe(known, releaseIn("expand"))).to.throw(
      /^Cannot expand to 0002-change as 2 rules are broken:\n0002-change: expand\.sql:1: destroys data: (.|\n)*CREATE INDEX CONCURRENTLY i ON item \(id\);\nNothing was changed\.$/,
    );
  });

  it("does not judge what the active version has already", async () => {
    const known = await migrations(
      "CREATE TABLE item (id int); UPDATE other SET a = 1;",
      "ALTER TABLE item ADD COLUMN a int;",
    );
    refuseUnsafe(known, releaseIn("expand"));
    expect(known).to.have.length(2);
  });

  it("keeps nobody from finishing or taking back what was accepted when it began", async () => {
    const known = await migrations("CREATE TABLE item (id int);", "DROP TABLE item;");
    for (const phase of ["stable", "backfill", "retire"] as const) {
      expect(() => refuseUnsafe(known, releaseIn(phase)), phase).not.to.throw();
    }
    const back = {
      ...releaseIn("expand"),
      from: slot("blue", "0002-change"),
      to: slot("green", "0001-table"),
    };
    expect(() => refuseUnsafe(known, back as Release)).not.to.throw();
  });
});
