// What lint says of every form of statement, against what PostgreSQL is seen to do.
import { expect } from "chai";
import type pg from "pg";
import { measureInTransaction, measureWhileBlocked } from "../../../cli/lint/measure/measure.ts";
import { MAJORS, postgresBinaries } from "../../../cli/lint/measure/postgres-binaries.ts";
import { startThrowawayServer, type ThrowawayServer } from "../../../cli/lint/measure/throwaway-server.ts";
import { differences } from "../../../schema/lock-plan/differences.ts";
import { lint, type Report } from "../../../schema/lint/lint.ts";
import { parseMigration } from "../../../schema/migration/migration.ts";
import { STABLE_FUNCTIONS } from "../../../schema/sql/stable-expression.ts";
import { FORMS, ROWS, SCENE, type StatementForm } from "./statement-forms.ts";

/** Fetching a version for the first time is part of it. */
const STARTS_WITHIN_MILLISECONDS = 5 * 60_000;

async function claim({ sql }: StatementForm, major: number): Promise<Report> {
  const parse = async (id: string, expand: string) => {
    const parsed = await parseMigration(id, { "migration.yaml": "description: x", "expand.sql": expand });
    if ("errors" in parsed) throw new Error(parsed.errors.join());
    return parsed.migration;
  };
  const migrations = [await parse("0001-scene", SCENE), await parse("0002-form", sql)];
  const report = lint(migrations, { major }).find((one) => one.migration === "0002-form");
  if (report === undefined) throw new Error(`Cannot find what lint says of ${sql}`);
  return report;
}

for (const major of Object.keys(MAJORS).map(Number)) {
  describe(`lint's claims on PostgreSQL ${major}`, () => {
    let server: ThrowawayServer;
    let client: pg.Client;
    let holder: pg.Client;
    let watcher: pg.Client;

    before(async function () {
      this.timeout(STARTS_WITHIN_MILLISECONDS);
      const folder = await postgresBinaries(major, (line) => process.stdout.write(`${line}\n`));
      server = await startThrowawayServer(folder);
      client = await server.connect();
      holder = await server.connect();
      watcher = await server.connect();
      await client.query(SCENE);
      await client.query(ROWS);
      await client.query("ANALYZE");
    });

    after(async () => {
      for (const one of [client, holder, watcher]) await one.end();
      await server.end();
    });

    const inTransaction = FORMS.filter(({ since = 0, waitsFor }) => since <= major && waitsFor === undefined);
    for (const form of inTransaction) {
      it(`hold for ${form.sql}`, async () => {
        const measured = await measureInTransaction(client, "public", form.sql);
        expect(differences(await claim(form, major), measured)).to.deep.equal([]);
      });
    }

    it("hold for the functions and operators that it calls stable", async () => {
      const { rows } = await client.query<{ name: string; form: string; isVolatile: boolean }>(
        `SELECT proname AS name, oid::regprocedure::text AS form, provolatile = 'v' AS "isVolatile" FROM pg_proc
          WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1)`,
        [STABLE_FUNCTIONS],
      );
      expect([...new Set(rows.map(({ name }) => name))]).to.have.members(STABLE_FUNCTIONS);
      // AT TIME ZONE of a time without a date, which 14 alone takes for volatile: that of now() is
      // what people write.
      const known = major === 14 ? ["timezone(text,time with time zone)"] : [];
      expect(rows.filter(({ isVolatile }) => isVolatile).map(({ form }) => form)).to.deep.equal(known);
      const operators = await client.query(
        "SELECT oid::regoperator FROM pg_operator WHERE oprcode IN (SELECT oid FROM pg_proc WHERE provolatile = 'v')",
      );
      expect(operators.rows).to.deep.equal([]);
    });

    // Their scans are not measured, as they are stopped before.
    for (const form of FORMS.filter(({ waitsFor }) => waitsFor !== undefined)) {
      it(`hold for the locks of ${form.sql}`, async () => {
        const clients = { runner: client, holder, watcher };
        const measured = await measureWhileBlocked(clients, "public", form.sql, form.waitsFor ?? "");
        expect(measured.locks).to.have.length.above(0);
        expect(differences(await claim(form, major), measured)).to.deep.equal([]);
      });
    }
  });
}
