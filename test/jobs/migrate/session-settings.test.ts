import { expect } from "chai";
import { identifier } from "../../../schema/sql/sql.ts";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../support/postgres/small-migrations.ts";

/** Values that would change what the Job's statements mean, see or may do. */
const HOSTILE: Readonly<Record<string, string>> = {
  search_path: "pg_catalog, pg_temp",
  DateStyle: "'SQL, DMY'",
  TimeZone: "'Asia/Kolkata'",
  IntervalStyle: "sql_standard",
  extra_float_digits: "-15",
  bytea_output: "escape",
  client_encoding: "LATIN1",
  xmlbinary: "hex",
  xmloption: "document",
  standard_conforming_strings: "off",
  backslash_quote: "off",
  array_nulls: "off",
  transform_null_equals: "on",
  quote_all_identifiers: "on",
  check_function_bodies: "off",
  row_security: "on",
  gin_fuzzy_search_limit: "1",
  default_transaction_isolation: "serializable",
  default_transaction_read_only: "on",
  default_transaction_deferrable: "on",
  exit_on_error: "on",
  synchronous_commit: "off",
  lock_timeout: "1",
  statement_timeout: "300",
  idle_session_timeout: "30",
  idle_in_transaction_session_timeout: "30",
  "plpgsql.extra_errors": "'all'",
  "plpgsql.variable_conflict": "use_variable",
  "plpgsql.check_asserts": "off",
};

/** A text that means something else where backslashes escape. */
const MIGRATIONS = renaming({
  "expand.sql": String.raw`ALTER TABLE item ADD COLUMN new_name text; ALTER TABLE item ADD COLUMN path text NOT NULL DEFAULT 'a\b';`,
});

describe("migrate, whatever settings the database or the login brings along", function () {
  this.timeout(30_000);
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(MIGRATIONS);
  });

  afterEach(() => bench.end());

  const set = async (what: "DATABASE" | "ROLE", settings: Readonly<Record<string, string>>) => {
    const { name, roles } = bench.database;
    const whose = identifier(what === "DATABASE" ? name : roles.migrator).text;
    for (const [setting, value] of Object.entries(settings))
      await bench.query(`ALTER ${what} ${whose} SET ${setting} = ${value}`);
  };

  for (const what of ["DATABASE", "ROLE"] as const) {
    it(`goes there and back with a hostile value of each, set by ALTER ${what}`, async () => {
      await set(what, HOSTILE);
      if (what === "ROLE") await bench.query(`GRANT pg_monitor TO ${bench.database.roles.migrator}`);
      if (what === "ROLE") await set(what, { role: "pg_monitor" });
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.query("INSERT INTO item SELECT i, 'it''s ' || i FROM generate_series(1, 3000) AS i");
      await bench.reach("expanded", RELEASE);
      await bench.reach("filled", RELEASE);
      const { blue, green } = bench.database.roles;
      await bench.reach("base", { from: RELEASE.from, to: RELEASE.from, vacate: green });
      await bench.reach("expanded", RELEASE);
      const filled = await bench.reach("filled", RELEASE);
      expect(filled.facts).to.include({ rows: 3000, checkedRows: 3000 });
      await bench.reach("verified", { ...RELEASE, record: "switched" });
      await bench.reach("contractible", { ...RELEASE, vacate: blue });
      await bench.reach("contracted", { ...RELEASE, vacate: blue });
      expect(await bench.query("SELECT * FROM item WHERE id = 7")).to.deep.equal([
        { id: 7, note: null, new_name: "it's 7", path: String.raw`a\b` },
      ]);
    });
  }

  it("refuses to work where neither triggers nor foreign keys run and its login may not change that", async () => {
    await set("ROLE", { session_replication_role: "replica" });
    const login = bench.database.roles.migrator;
    expect(await bench.refused({ goal: "base", to: RELEASE.from, first: true })).to.equal(
      `Cannot work as login ${login} as it has session_replication_role = replica, under which foreign keys and triggers of the application do not run, and only a superuser may change that. Where the role or the database sets it, run ALTER ROLE "${login}" SET session_replication_role = origin as a superuser; nothing was changed`,
    );
    await bench.query(`ALTER ROLE "${login}" SET session_replication_role = origin`);
    await bench.reach("base", { to: RELEASE.from, first: true });
  });

  it("refuses to read past damaged pages, which would count as empty", async () => {
    await set("DATABASE", { zero_damaged_pages: "on" });
    expect(await bench.refused({ goal: "base", to: RELEASE.from, first: true })).to.match(
      /zero_damaged_pages = on, under which the rows of a damaged page count as deleted/,
    );
  });
});
