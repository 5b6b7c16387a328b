import { readFileSync } from "node:fs";
import { expect } from "chai";
import { manifestJsonSchema } from "../../../schema/migration/manifest.ts";
import { readMigrations } from "../../../schema/migration/read-migrations.ts";

describe("migration.yaml", () => {
  it("has a JSON Schema for editors that is made of what the program checks", () => {
    const file: unknown = JSON.parse(readFileSync("schema/migration/migration.schema.json", "utf8"));
    expect(file, "write it anew: node schema/migration/write-json-schema.ts").to.deep.equal(
      manifestJsonSchema(),
    );
  });

  it("is valid in every migration of this repository", async () => {
    const migrations = await readMigrations("migrations");
    expect(migrations.map((migration) => migration.id)).to.deep.equal([
      "0001-create-address",
      "0002-split-street",
    ]);
    expect(migrations[1]?.mappings).to.deep.equal([
      {
        table: "address",
        key: ["id"],
        old: ["street"],
        new: [
          { name: "street_name", required: true },
          { name: "house_number", required: false },
        ],
        toNew: "split_street",
        toOld: "join_street",
        roundTrip: "archive",
      },
    ]);
  });
});
