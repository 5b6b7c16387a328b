import { expect } from "chai";
import { postgresBinaries } from "../../../cli/lint/measure/postgres-binaries.ts";
import { startThrowawayServer, type ThrowawayServer } from "../../../cli/lint/measure/throwaway-server.ts";
import { literal } from "../../../schema/sql/sql.ts";
import { PASSWORD } from "../../support/postgres/launch-postgres.ts";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../support/postgres/small-migrations.ts";
import { createDatabaseAt } from "../../support/postgres/test-database.ts";

describe("migrate, on PostgreSQL 14", function () {
  this.timeout(60_000);
  let server: ThrowawayServer;
  let port: number;

  before(async function () {
    this.timeout(300_000);
    server = await startThrowawayServer(
      await postgresBinaries(14, (line) => process.stdout.write(`${line}\n`)),
    );
    const client = await server.connect();
    ({ port } = client);
    await client.query(`ALTER ROLE CURRENT_USER PASSWORD ${literal(PASSWORD).text}`);
    await client.end();
  });

  after(() => server.end());

  it("refuses to contract where a generated column would go too, which this version drops without a word", async () => {
    const bench = ReleaseBench.on(await createDatabaseAt(port, "oldest"), renaming());
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.query("INSERT INTO item VALUES (1, 'a')");
      await bench.query(
        "ALTER TABLE item ADD COLUMN upper_name text GENERATED ALWAYS AS (upper(old_name)) STORED",
      );
      await bench.reach("expanded", RELEASE);
      await bench.reach("filled", RELEASE);
      const vacated = { ...RELEASE, vacate: bench.database.roles.blue };
      expect(await bench.refused({ goal: "contracted", ...vacated })).to.match(
        /: column upper_name of table public\.item uses old_name of item\. Drop or change that first; everything is as it was$/,
      );
      expect(await bench.query("SELECT upper_name, new_name FROM item")).to.deep.equal([
        { upper_name: "A", new_name: "a" },
      ]);
      await bench.query("ALTER TABLE item DROP COLUMN upper_name");
      await bench.reach("contracted", vacated);
      expect(await bench.query("SELECT * FROM item")).to.deep.equal([{ id: 1, note: null, new_name: "a" }]);
    } finally {
      await bench.end();
    }
  });

  it("contracts where a function that need not be there is of a type that is not, which this version calls an error", async () => {
    const migrations = renaming({
      "contract.sql":
        "DROP FUNCTION IF EXISTS item_rank(no_such_type);\nALTER TABLE item DROP COLUMN old_name;",
    });
    const bench = ReleaseBench.on(await createDatabaseAt(port, "oldest_function"), migrations);
    try {
      await bench.reach("base", { to: RELEASE.from, first: true });
      await bench.query("INSERT INTO item VALUES (1, 'a')");
      await bench.reach("filled", RELEASE);
      await bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
      expect(await bench.query("SELECT * FROM item")).to.deep.equal([{ id: 1, note: null, new_name: "a" }]);
    } finally {
      await bench.end();
    }
  });
});
