import { expect } from "chai";
import { mappingErrors } from "../../../schema/lint/mapping-rules.ts";
import { acceptedMigration } from "../../../schema/migration/migration.ts";

/** What is said of a migration of two mappings with this contract.sql. */
async function errors(contract: string): Promise<readonly string[]> {
  return mappingErrors(
    await acceptedMigration("0002-change", {
      "migration.yaml": `description: x
mappings:
  - { table: item, key: id, old: a, new: { b: optional }, toNew: there_1, toOld: back_1 }
  - { table: thing, key: id, old: a, new: { b: optional }, toNew: there_2, toOld: back_2 }`,
      "expand.sql": "ALTER TABLE item ADD COLUMN b text; ALTER TABLE thing ADD COLUMN b text;",
      "sync.sql": ["there_1", "back_1", "there_2", "back_2"]
        .map((name) => `CREATE FUNCTION ${name}(v text) RETURNS text LANGUAGE sql RETURN v;`)
        .join("\n"),
      "contract.sql": contract,
    }),
  );
}

describe("contract.sql of several mappings", () => {
  it("may do what must stand alone before the mapped columns go, and after", async () => {
    const found = await errors(`ALTER TABLE item DROP COLUMN other;
CREATE INDEX CONCURRENTLY item_b ON item (b);
ALTER TABLE item DROP COLUMN a; ALTER TABLE thing DROP COLUMN a;
DROP INDEX CONCURRENTLY thing_c;`);
    expect(found).to.deep.equal([]);
  });

  it("is refused where such a statement stands between them, with its line", async () => {
    const found = await errors(`ALTER TABLE item DROP COLUMN a;
CREATE INDEX CONCURRENTLY item_b ON item (b);
ALTER TABLE thing DROP COLUMN a;`);
    expect(found).to.deep.equal([
      "contract.sql:2: all mapped columns must go in one transaction, and this statement ends it, as it must stand alone: put it before the first of them is dropped, or after the last",
    ]);
  });
});

describe("archives of several mappings", () => {
  const ofTables = async (tables: readonly string[]) => {
    const migration = await acceptedMigration("0002-change", {
      "migration.yaml": `description: x
mappings:
${tables.map((table) => `  - { table: ${table}, key: id, old: a, new: { b: optional }, toNew: there, toOld: back }`).join("\n")}`,
      "expand.sql": tables.map((table) => `ALTER TABLE ${table} ADD COLUMN b text;`).join("\n"),
    });
    return mappingErrors(migration).filter((error) => error.includes("archives"));
  };

  it("must have names of their own, which a table's name may take away", async () => {
    expect(await ofTables(["item_2", "item"])).to.deep.equal([
      "migration.yaml: two archives would both be called old_0002_change_item_2: put the mappings in another order, or into migrations of their own",
    ]);
    expect(await ofTables(["item", "item_2"])).to.deep.equal([]);
  });
});
