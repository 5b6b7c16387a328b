import { expect } from "chai";
import type { Facts } from "../../schema/facts.ts";
import { acceptedMigration } from "../../schema/migration.ts";
import { objections } from "../../schema/objections.ts";

const FACTS: Facts = {
  serverVersion: 180004,
  tables: {},
  tableNames: [],
  schemas: [],
  functions: {},
  ledgerTables: {},
};

describe("objections()", () => {
  it("refuse a server before PostgreSQL 14, with the version found, and none from then on", async () => {
    const migration = await acceptedMigration("0001-table", {
      "migration.yaml": "description: A table.",
      "expand.sql": "CREATE TABLE t (id int PRIMARY KEY);",
    });
    const on = (serverVersion: number) => objections(migration, { ...FACTS, serverVersion }, [], []);
    expect(on(130014)).to.deep.equal(["the server must be PostgreSQL 14 or later: it is 130014"]);
    for (const version of [140000, 150004, 180004]) expect(on(version)).to.deep.equal([]);
  });
});
