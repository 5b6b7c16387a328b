import { expect } from "chai";
import type { Facts, Ledger } from "../../../schema/state/catalog.ts";
import { acceptedMigration } from "../../../schema/migration/migration.ts";
import { objections } from "../../../schema/checks/preflight.ts";

const FACTS: Facts = {
  serverVersion: 180004,
  tables: {},
  tableNames: [],
  creators: [],
  schemas: [],
  functions: {},
  ledgerTables: {},
  limitedDomains: [],
  ownTypes: [],
  silencedFor: [],
};

const LEDGER: Ledger = { number: 1, migrations: {}, events: {} };

describe("objections()", () => {
  it("refuse a server before PostgreSQL 14, with the version found, and none from then on", async () => {
    const migration = await acceptedMigration("0001-table", {
      "migration.yaml": "description: A table.",
      "expand.sql": "CREATE TABLE t (id int PRIMARY KEY);",
    });
    const on = (serverVersion: number) =>
      objections("expand", {
        migration,
        facts: { ...FACTS, serverVersion },
        ledger: LEDGER,
        others: [],
        protection: null,
        definitions: [],
        schema: "public",
        application: [],
        sharesLogin: false,
      });
    expect(on(130014)).to.deep.equal(["the server must be PostgreSQL 14 or later: it is 130014"]);
    for (const version of [140000, 150004, 180004]) expect(on(version)).to.deep.equal([]);
  });

  it("refuse archives of an earlier form of the migration, whoever kept them, rather than overlook their values", async () => {
    const migration = await acceptedMigration("0002-change", {
      "migration.yaml":
        "description: x\nmappings:\n  - { table: t, key: id, old: a, new: { b: required }, toNew: there, toOld: back }",
      "expand.sql": "ALTER TABLE t ADD COLUMN b text, ADD COLUMN c int;",
    });
    const found = (ledgerTables: Facts["ledgerTables"]) =>
      objections("expand", {
        migration,
        facts: { ...FACTS, ledgerTables },
        ledger: LEDGER,
        others: [],
        protection: null,
        definitions: [],
        schema: "public",
        application: [],
        sharesLogin: false,
      }).filter((text) => text.includes("keeps values"));
    for (const archive of ["new_0002_change_t", "old_0002_change_restore_t"])
      expect(found({ [archive]: ["id", "other"] })).to.deep.equal([
        `zero_downtime.${archive} keeps values of an earlier form of this migration, which had other columns (id, other): rename that table to keep them, or drop it`,
      ]);
    expect(
      found({ new_0002_change_t: ["id", "a", "b"], old_0002_change_restore_t: ["id", "b"] }),
    ).to.deep.equal([]);
  });
});
