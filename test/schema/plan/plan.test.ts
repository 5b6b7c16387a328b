import { expect } from "chai";
import { acceptedMigration, type Migration } from "../../../schema/migration/migration.ts";
import { statements } from "../../../schema/plan/plan.ts";
import type { Move } from "../../../schema/migration/move.ts";
import type { Surroundings } from "../../../schema/plan/surroundings.ts";
import type { MigrationState } from "../../../schema/state/catalog.ts";
import { activeMappings } from "../../../schema/mapping/active-mappings.ts";
import { readMigrations } from "../../../schema/migration/read-migrations.ts";

describe("statements()", () => {
  let migration: Migration;

  before(async () => {
    const found = (await readMigrations("migrations")).find(({ id }) => id === "0002-split-street");
    if (found === undefined) throw new Error("no such migration");
    migration = found;
  });

  const surroundings = (parts: Partial<Surroundings> = {}, state?: MigrationState): Surroundings => ({
    schema: "app",
    tables: {},
    others: [],
    writers: { old: "shop_blue", new: "shop_green" },
    ledger: {
      number: 1,
      events: {},
      migrations:
        state === undefined ? {} : { [migration.id]: { state, files: migration.files, steps: ["expand:1"] } },
    },
    ...parts,
  });

  /** Each statement as a line: what waits for a lock, and what is sent. */
  const lines = (move: Move, given: Surroundings, words = 7) =>
    statements(move, migration, given).map((statement) =>
      statement.kind === "walk"
        ? `walk ${statement.work}`
        : [
            statement.lock,
            statement.outside ? "alone" : "",
            ...statement.sql.map((text) => text.text.split(/\s+/).slice(0, words).join(" ")),
          ]
            .filter(Boolean)
            .join(" | "),
    );

  /** Notes what the triggers are now, so that a change by others is seen. */
  const noted = (...before: readonly string[]) =>
    [
      "SELECT pg_catalog.set_config('zero_downtime.search_path', pg_catalog.current_setting('search_path'), true), pg_catalog.set_config('search_path', '', true)",
      ...before,
      'DELETE FROM "zero_downtime"."definition" AS d WHERE NOT',
      'INSERT INTO "zero_downtime"."definition" (kind, within, name, text)',
      "SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('zero_downtime.search_path'), true)",
    ].join(" | ");

  it("expands by adding first, and syncs when everything is there", () => {
    expect(lines("expand", surroundings())).to.deep.equal([
      "none",
      `none | CREATE SCHEMA "zero_downtime_0002_split_street" | CREATE FUNCTION split_street(street text) RETURNS TABLE (street_name | CREATE FUNCTION join_street(street_name text, house_number text) RETURNS | GRANT USAGE ON SCHEMA "zero_downtime_0002_split_street" TO PUBLIC | GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA | DO $body$DECLARE found text; BEGIN found := | ${noted()}`,
      "walk round-trip",
      "brief | ALTER TABLE address ADD COLUMN street_name text,",
      'none | CREATE OR REPLACE FUNCTION "zero_downtime"."sync_address"() RETURNS trigger',
      'brief | CREATE OR REPLACE TRIGGER "zzz_zero_downtime_sync_insert" BEFORE INSERT | CREATE OR REPLACE TRIGGER "zzz_zero_downtime_sync" BEFORE UPDATE | ALTER TABLE "app"."address" ENABLE ALWAYS TRIGGER "zzz_zero_downtime_sync_insert",',
      `none | ${noted("DO $body$DECLARE found text; BEGIN found :=")}`,
    ]);
  });

  it("fills with fresh statistics, and requires values only of a table that is full", () => {
    expect(lines("fill", surroundings())).to.deep.equal([
      'patient | ANALYZE "app"."address"',
      "walk backfill",
      "walk verify",
      'brief | ALTER TABLE "app"."address" ADD CONSTRAINT "zero_downtime_required_street_name" CHECK',
      'patient | ALTER TABLE "app"."address" VALIDATE CONSTRAINT "zero_downtime_required_street_name"',
      "patient | alone | CREATE INDEX CONCURRENTLY address_street_name ON address (street_name)",
      'patient | ANALYZE "app"."address"',
      'none | DROP TABLE IF EXISTS "zero_downtime"."new_0002_split_street_address" | DROP TABLE IF EXISTS "zero_downtime"."old_0002_split_street_restore_address"',
    ]);
  });

  it("contracts by archiving the old side, and dropping it together with the trigger", () => {
    expect(lines("contract", surroundings())).to.deep.equal([
      `none | INSERT INTO "zero_downtime"."shape" (migration, tables) VALUES ('0002-split-street',`,
      'none | CREATE TABLE "zero_downtime"."old_0002_split_street_address" AS SELECT "id", "street" | ALTER TABLE "zero_downtime"."old_0002_split_street_address" ADD PRIMARY KEY ("id")',
      "walk archive-old",
      "walk prove-archive",
      'brief | ALTER TABLE "app"."address" ADD CONSTRAINT "zero_downtime_required_street_name" CHECK',
      'patient | ALTER TABLE "app"."address" VALIDATE CONSTRAINT "zero_downtime_required_street_name"',
      'brief | ALTER TABLE "app"."address" ALTER COLUMN "street_name" SET | ALTER TABLE "app"."address" DROP CONSTRAINT "zero_downtime_required_street_name"',
      `brief | DROP TRIGGER IF EXISTS "zzz_zero_downtime_sync" ON "app"."address" | DROP TRIGGER IF EXISTS "zzz_zero_downtime_sync_insert" ON "app"."address" | DROP FUNCTION IF EXISTS "zero_downtime"."sync_address"() | DROP FUNCTION IF EXISTS "zero_downtime_0002_split_street"."zero_downtime_carry_1" | DROP FUNCTION IF EXISTS "zero_downtime_0002_split_street"."zero_downtime_note_1" | DROP TABLE IF EXISTS "zero_downtime"."failed_0002_split_street_1" | DROP FUNCTION IF EXISTS "zero_downtime_0002_split_street"."join_street" | DROP FUNCTION IF EXISTS "zero_downtime_0002_split_street"."split_street" | ${noted()} | ALTER TABLE address DROP COLUMN street | DROP SCHEMA IF EXISTS "zero_downtime_0002_split_street"`,
      "none",
    ]);
  });

  it("undoes a filled one with what would be lost in the archive, everything that matters in one transaction", () => {
    const all = lines("undo", surroundings({}, "filled"), 9);
    expect(all.slice(1, 2)).to.deep.equal(["walk archive-new"]);
    expect(all.at(-1)).to.match(
      /^brief \| DROP TRIGGER .* \| DROP SCHEMA IF EXISTS .* \| ALTER TABLE "app"."address" DROP COLUMN IF EXISTS "house_number" \| ALTER TABLE "app"."address" DROP COLUMN IF EXISTS "street_name"$/,
    );
    expect(statements("undo", migration, surroundings({}, "filled")).at(-1)).to.include({
      vacated: true,
      state: "absent",
    });
  });

  it("undoes an unfinished one without what has not run, and archives nothing", () => {
    const given = surroundings();
    const all = lines("undo", {
      ...given,
      ledger: {
        ...given.ledger,
        migrations: { [migration.id]: { state: "expanding", files: migration.files, steps: [] } },
      },
    });
    expect(all).to.have.length(1);
    expect(all[0]).not.to.match(/DROP COLUMN/);
  });

  it("never undoes what has begun to drop", () => {
    expect(() => lines("undo", surroundings({}, "contracting"))).to.throw(
      "Cannot undo 0002-split-street as it is contracting",
    );
    expect(() => lines("undo", surroundings({}, "finished"))).to.throw("it is finished");
  });

  it("leaves a trigger in place that other migrations need", async () => {
    const other = await acceptedMigration("0003-other", {
      "migration.yaml":
        "description: x\nmappings:\n  - { table: address, key: id, old: city, new: { town: optional }, toNew: a, toOld: b }",
      "expand.sql": "ALTER TABLE address ADD COLUMN town text;",
      "sync.sql":
        "CREATE FUNCTION a(v text) RETURNS text LANGUAGE sql RETURN v; CREATE FUNCTION b(v text) RETURNS text LANGUAGE sql RETURN v;",
      "contract.sql": "ALTER TABLE address DROP COLUMN city;",
    });
    const given = surroundings({ others: activeMappings(other) }, "filled");
    const last = lines("undo", given).at(-1) ?? "";
    expect(last).to.match(/^brief \| CREATE OR REPLACE FUNCTION "zero_downtime"."sync_address"/);
    expect(last).not.to.contain("DROP TRIGGER");
  });

  it("gives every statement a name of its own, under which the ledger knows it", () => {
    for (const move of ["expand", "fill", "contract"] as const) {
      const names = statements(move, migration, surroundings()).map((statement) => statement.name);
      expect(new Set(names).size).to.equal(names.length);
    }
  });
});
