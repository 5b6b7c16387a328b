import { expect } from "chai";
import { isContractEdited, textsOf } from "../../../components/config/migration-digests.ts";
import { parseMigration, type Migration } from "../../../schema/migration/migration.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";
import { at, stable, stableBeforeRestore } from "../../release/releases.ts";

const FILES: MigrationFiles = {
  "migration.yaml": "description: One.",
  "expand.sql": "CREATE TABLE one (id int PRIMARY KEY);",
  "contract.sql": "DROP TABLE two;",
};

describe("The texts of a release's migrations", () => {
  const migration = async (id: string, edit: Partial<MigrationFiles> = {}): Promise<Migration> => {
    const parsed = await parseMigration(id, { ...FILES, ...edit });
    if ("errors" in parsed) throw new Error(parsed.errors.join("\n"));
    return parsed.migration;
  };
  const folder = (first: Partial<MigrationFiles>, second: Partial<MigrationFiles>, third = {}) =>
    Promise.all([
      migration("0001-create-address", first),
      migration("0002-split-street", second),
      migration("0003-more", third),
    ]);
  const contract = at(stable("blue-green", true), { phase: "contract", active: "green" });
  const MENDED = { "contract.sql": "DROP TABLE three;" };

  it("differ in contract.sql alone where that of a migration of the release was edited, and nothing else", async () => {
    const before = textsOf(contract, await folder({}, {}));
    const isEdited = async (...edits: Parameters<typeof folder>) =>
      isContractEdited(before, textsOf(contract, await folder(...edits)));
    expect(await isEdited({}, {})).to.equal(false);
    expect(await isEdited({}, MENDED)).to.equal(true);
    expect(await isEdited({}, { "contract.sql": undefined })).to.equal(true);
    expect(await isEdited({}, { "contract.sql": "DROP TABLE two;\r\n" })).to.equal(true);
    expect(
      await isEdited({}, { ...MENDED, "expand.sql": "CREATE TABLE four (id int PRIMARY KEY);" }),
    ).to.equal(false);
    expect(await isEdited(MENDED, MENDED)).to.equal(false);
    expect(await isEdited({}, MENDED, { "expand.sql": "CREATE TABLE late (id int PRIMARY KEY);" })).to.equal(
      true,
    );
    expect(isContractEdited(undefined, before)).to.equal(false);
  });

  it("are never edited on a way back, which is made of what the ledger recorded", async () => {
    const back = at(stableBeforeRestore("blue-green"), { phase: "contract", active: "green" });
    const before = textsOf(back, await folder({}, {}));
    expect(isContractEdited(before, textsOf(back, await folder({}, MENDED)))).to.equal(false);
  });
});
