import { expect } from "chai";
import { askLedger, readLedger } from "../../../cli/cluster/ledger.ts";
import { LEDGER_TABLES } from "../../../protocol/state/ledger-tables.ts";
import { loginSecrets } from "../../support/cluster/login-secrets.ts";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";

describe("the tables of the ledger", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;

  before(async () => {
    bench = await ReleaseBench.create();
    await bench.reach("base", { to: OLD, first: true });
    await bench.query("INSERT INTO address (name, street) VALUES ('a', 'Main Street 1')");
    await bench.reach("expanded", { from: OLD, to: NEW });
    await bench.reach("filled", { from: OLD, to: NEW });
  });

  after(() => bench.end());

  it("are those that the migrate Job makes, with the columns that it gives them", async () => {
    const found = await bench.query<{ name: string; columns: string[] }>(
      `SELECT table_name AS name, array_agg(column_name::text ORDER BY ordinal_position) AS columns
       FROM information_schema.columns WHERE table_schema = 'zero_downtime' AND table_name !~ '^(old|new)_'
       GROUP BY table_name`,
    );
    expect(Object.fromEntries(found.map(({ name, columns }) => [name, columns]))).to.deep.equal(
      LEDGER_TABLES,
    );
  });

  it("tell zd how far the schema is, with the login of the Jobs", async () => {
    const { database } = bench;
    const known = {
      database: {
        host: "127.0.0.1",
        port: database.port,
        name: database.name,
        prefix: database.name,
        sslmode: "disable" as const,
      },
      namespace: "shop",
      app: { name: "shop" },
    };
    const found = await readLedger(loginSecrets, known);
    expect(found?.migrations).to.deep.equal([
      { id: OLD, state: "finished" },
      { id: NEW, state: "filled" },
    ]);
    expect(found?.walk).to.include({ migration: NEW, rows: 1 });
    expect(await askLedger(loginSecrets, { ...known, database: undefined }, async () => 1)).to.equal(null);
  });
});
