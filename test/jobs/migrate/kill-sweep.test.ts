import { expect } from "chai";
import type { Observer } from "../../../jobs/migrate/database/session.ts";
import {
  endsTheSameWhereverKilled,
  Killed,
  ledgerLine,
  type Sweep,
} from "../../support/postgres/kill-sweep.ts";
import { ReleaseBench, type Folder } from "../../support/postgres/release-bench.ts";
import { schemaDump } from "../../support/postgres/schema-dump.ts";

const OLD = "0001-create-address";
const NEW = "0002-split-street";
const BACK = { from: NEW, to: OLD };

describe("migrate, killed after any statement and repeated", function () {
  this.timeout(480_000);
  let bench: ReleaseBench;

  before(async () => {
    bench = await ReleaseBench.create();
    const { database } = bench;
    const name = database.name;
    await database.saveAs(`${name}_empty`);
    await bench.reach("base", { to: OLD, first: true });
    await bench.query(
      "INSERT INTO address (name, street) SELECT 'row ' || i, 'Street ' || i FROM generate_series(1, 60) AS i",
    );
    await database.saveAs(`${name}_base`);
    await bench.reach("expanded", { from: OLD, to: NEW });
    await database.saveAs(`${name}_expanded`);
    await bench.reach("filled", { from: OLD, to: NEW });
    await bench.query(
      "UPDATE address SET street_name = 'Square 1', house_number = NULL WHERE name = 'row 7'",
    );
    await database.saveAs(`${name}_filled`);
    await bench.reach("contracted", { from: OLD, to: NEW, vacate: database.roles.blue });
    await bench.query(
      "UPDATE address SET street_name = 'Elsewhere', house_number = '3' WHERE name = 'row 8'",
    );
    await database.saveAs(`${name}_contracted`);
    await bench.reach("expanded", BACK);
    await database.saveAs(`${name}_back_expanded`);
    await bench.reach("filled", BACK);
    await bench.query("UPDATE address SET street = 'Odd  Street   4' WHERE name = 'row 9'");
    await database.saveAs(`${name}_back_filled`);
  });

  after(() =>
    bench.end(
      ...["empty", "base", "expanded", "filled", "contracted", "back_expanded", "back_filled"].map(
        (at) => `${bench.database.name}_${at}`,
      ),
    ),
  );

  const ways: readonly (readonly [title: string, template: string, parts: () => Sweep["parts"]])[] = [
    ["installs", "empty", () => ({ goal: "base", to: NEW, first: true })],
    ["expands", "base", () => ({ goal: "expanded", from: OLD, to: NEW })],
    ["fills", "expanded", () => ({ goal: "filled", from: OLD, to: NEW })],
    ["undoes", "filled", () => ({ goal: "base", from: OLD, to: OLD, vacate: bench.database.roles.green })],
    [
      "contracts",
      "filled",
      () => ({ goal: "contracted", from: OLD, to: NEW, vacate: bench.database.roles.blue }),
    ],
    ["expands the way back", "contracted", () => ({ goal: "expanded", ...BACK })],
    ["fills the way back", "back_expanded", () => ({ goal: "filled", ...BACK })],
    [
      "undoes the way back",
      "back_filled",
      () => ({ goal: "base", from: NEW, to: NEW, vacate: bench.database.roles.blue }),
    ],
    [
      "ends the way back",
      "back_filled",
      () => ({ goal: "contracted", ...BACK, vacate: bench.database.roles.green }),
    ],
  ];

  for (const [title, template, parts] of ways) {
    it(`${title} to the same end, and fails no write on the way`, () =>
      endsTheSameWhereverKilled(bench, {
        template,
        parts: parts(),
        // The way of an installation is that of the others, one after the other.
        stride: template === "empty" ? 5 : 1,
        state,
        write: (moment) => write(moment, title.includes("way back") ? "new" : "old"),
      }));
  }

  /**
   * Writes in every form that the table has at that moment, and takes them away again: in the form
   * of the version that serves at the release's start whatever there is, in the other's as soon as
   * both are kept in step.
   */
  async function write(moment: string, serving: "old" | "new"): Promise<void> {
    const columns = (
      await bench.query<{ attname: string }>(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('address') AND NOT attisdropped",
      )
    ).map((row) => row.attname);
    const failed = (error: unknown) => expect.fail(`${moment}, a write failed: ${String(error)}`);
    const isAlone = !(columns.includes("street") && columns.includes("street_name"));
    const may = (form: "old" | "new", column: string, isSynced: boolean) =>
      columns.includes(column) && (isAlone || isSynced || form === serving);
    const isSynced = await hasTrigger();
    if (may("old", "street", isSynced)) {
      const old = await bench.old();
      await old.query("INSERT INTO address (name, street) VALUES ('probe', 'Probe 1')").catch(failed);
      await old.query("UPDATE address SET street = 'Probe 2' WHERE name = 'probe'").catch(failed);
      await old.query("UPDATE address SET city = 'Town' WHERE name = 'row 9'").catch(failed);
    }
    if (may("new", "street_name", isSynced)) {
      const fresh = await bench.new();
      await fresh
        .query("INSERT INTO address (name, street_name, house_number) VALUES ('probe', 'Probe', '3')")
        .catch(failed);
      await fresh.query("UPDATE address SET house_number = '4' WHERE name = 'probe'").catch(failed);
    }
    if (columns.includes("name")) {
      await bench.query("DELETE FROM address WHERE name = 'probe'");
      await bench.query("UPDATE address SET city = '' WHERE name = 'row 9'");
    }
  }

  async function hasTrigger(): Promise<boolean> {
    const rows = await bench.query(
      "SELECT FROM pg_trigger WHERE tgrelid = to_regclass('address') AND NOT tgisinternal",
    );
    return rows.length > 0;
  }

  async function state(): Promise<string> {
    const data = await bench.query("SELECT to_jsonb(a) - 'id' AS a FROM address AS a ORDER BY name");
    const kept = await bench.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'zero_downtime'");
    return [
      await schemaDump(bench.database),
      JSON.stringify(data),
      await ledgerLine(bench),
      JSON.stringify(kept),
    ].join("\n");
  }
});

describe("migrate, killed between a statement that stands alone and its line in the ledger", function () {
  this.timeout(60_000);

  const FOLDER: Folder = {
    "0001-table": {
      "migration.yaml": "description: A table.",
      "expand.sql": "CREATE TABLE item (id int PRIMARY KEY, a text, b text); CREATE INDEX by_a ON item (a);",
    },
    "0002-indexes": {
      "migration.yaml": "description: Other indexes.",
      "expand.sql": "CREATE INDEX CONCURRENTLY by_b ON item (b);",
      "contract.sql": `DROP INDEX CONCURRENTLY by_a; CREATE INDEX CONCURRENTLY by_ab ON item (a, b); ALTER TABLE item ADD COLUMN c text;`,
    },
  };
  const release = { from: "0001-table", to: "0002-indexes" };

  const MOMENTS: readonly (readonly [title: string, killing: RegExp])[] = [
    ["an index that expand built", /^CREATE INDEX CONCURRENTLY by_b/],
    ["an index that contract dropped", /^DROP INDEX CONCURRENTLY/],
    ["an index that contract built", /^CREATE INDEX CONCURRENTLY by_ab/],
  ];

  for (const [title, killing] of MOMENTS) {
    it(`goes on after ${title}, and records it`, async () => {
      const bench = await ReleaseBench.create(FOLDER);
      try {
        await bench.reach("base", { to: "0001-table", first: true });
        let isDead = false;
        const observe: Observer = (moment, text) => {
          if (isDead || (moment === "after" && killing.test(text))) {
            isDead = true;
            throw new Killed("killed");
          }
        };
        let died = 0;
        for (const goal of ["expanded", "filled", "contracted"] as const) {
          const killed = await bench.run({ goal, ...release }, { observe });
          if (!killed.ok) died++;
          isDead = false;
          await bench.reach(goal, release);
        }
        expect(died).to.equal(1);
        const [ledger] = await bench.query(
          "SELECT array_agg(name ORDER BY name) AS steps FROM zero_downtime.step WHERE migration = '0002-indexes' AND name ~ '^(contract|expand):'",
        );
        expect(ledger).to.deep.equal({ steps: ["contract:1", "contract:2", "contract:3", "expand:1"] });
        const indexes = await bench.query(
          "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'item'::regclass AND indisvalid ORDER BY 1",
        );
        expect(indexes).to.deep.equal([{ name: "by_ab" }, { name: "by_b" }, { name: "item_pkey" }]);
      } finally {
        await bench.end();
      }
    });
  }
});
