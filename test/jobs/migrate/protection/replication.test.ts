import { expect } from "chai";
import type pg from "pg";
import { literal } from "../../../../schema/sql/sql.ts";
import { eventually } from "../../../support/eventually.ts";
import { connectAsSuperuser, PASSWORD, SUPERUSER } from "../../../support/postgres/launch-postgres.ts";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const PREPARED = `description: Another name.
replication: prepared
mappings:
  - { table: item, key: id, old: old_name, new: { new_name: required }, toNew: there, toOld: back }
`;
const COPY = "subscriber_of_items";

/** Another database of the same server, which subscribes to a publication of this one. */
async function subscribe(bench: ReleaseBench, publication: string): Promise<Subscriber> {
  const { port, name } = bench.database;
  const admin = await connectAsSuperuser(port, "postgres");
  await admin.query(`CREATE DATABASE ${COPY}`);
  await admin.end();
  const client = await connectAsSuperuser(port, COPY);
  await client.query("CREATE TABLE item (id int PRIMARY KEY, old_name text, note text)");
  await bench.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [COPY]);
  const connection = `host=127.0.0.1 port=${port} dbname=${name} user=${SUPERUSER} password='${PASSWORD}'`;
  await client.query(
    `CREATE SUBSCRIPTION ${COPY} CONNECTION ${literal(connection).text} PUBLICATION ${publication} WITH (create_slot = false)`,
  );
  return new Subscriber(bench, client);
}

class Subscriber {
  readonly client: pg.Client;
  readonly #bench: ReleaseBench;

  constructor(bench: ReleaseBench, client: pg.Client) {
    this.#bench = bench;
    this.client = client;
  }

  /** Waits until so many rows have arrived. */
  async has(count: number): Promise<void> {
    await eventually(
      () => this.client.query("SELECT FROM item"),
      ({ rowCount }) => rowCount === count,
    );
  }

  async end(): Promise<void> {
    await this.client.query(`ALTER SUBSCRIPTION ${COPY} DISABLE`);
    await this.client.query(`ALTER SUBSCRIPTION ${COPY} SET (slot_name = NONE)`);
    await this.client.query(`DROP SUBSCRIPTION ${COPY}`);
    await this.client.end();
    const admin = await connectAsSuperuser(this.#bench.database.port, "postgres");
    await admin.query(`DROP DATABASE ${COPY} WITH (FORCE)`);
    await admin.end();
    await eventually(
      () => this.#bench.query("SELECT FROM pg_replication_slots WHERE active"),
      (rows) => rows.length === 0,
    );
    await this.#bench.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
  }
}

async function onItems(folder: Folder, work: (bench: ReleaseBench) => Promise<void>): Promise<void> {
  const bench = await ReleaseBench.create(folder);
  try {
    await bench.reach("base", { to: RELEASE.from, first: true });
    await work(bench);
  } finally {
    await bench.query(
      "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()",
    );
    await bench.end();
  }
}

describe("expand of a table that a subscriber gets", function () {
  this.timeout(60_000);

  it("is refused until migration.yaml says that the subscriber is prepared, and then every row goes on to arrive", async () => {
    await onItems(renaming(), async (bench) => {
      await bench.query("INSERT INTO item VALUES (1, 'one')");
      await bench.query("CREATE PUBLICATION items FOR TABLE item");
      const subscriber = await subscribe(bench, "items");
      try {
        await subscriber.has(1);
        const before = await schemaDump(bench.database);
        const reason = await bench.refused({ goal: "expanded", ...RELEASE });
        expect(reason).to.match(
          /publication items would send new_name of item, and a subscriber that does not have that stops at the first row \(slot subscriber_of_items\)\. .* `replication: prepared` in migration\.yaml/,
        );
        expect(await schemaDump(bench.database)).to.equal(before);
        await (await bench.old()).query("INSERT INTO item VALUES (2, 'two')");
        await subscriber.has(2);

        await subscriber.client.query("ALTER TABLE item ADD COLUMN new_name text");
        const migrations = renaming({ "migration.yaml": PREPARED });
        for (const goal of ["expanded", "filled"] as const) {
          const result = await bench.run({ goal, ...RELEASE }, { migrations });
          expect(result.ok, result.summary).to.equal(true);
        }
        await (await bench.old()).query("INSERT INTO item VALUES (3, 'three')");
        await subscriber.has(3);
        const { rows } = await subscriber.client.query("SELECT new_name FROM item WHERE id = 3");
        expect(rows).to.deep.equal([{ new_name: "three" }]);
      } finally {
        await subscriber.end();
      }
    });
  });

  const TABLE = {
    "expand.sql": "ALTER TABLE item ADD COLUMN new_name text; CREATE TABLE shelf (id int PRIMARY KEY);",
  };
  const slot = "SELECT pg_create_logical_replication_slot('elsewhere', 'pgoutput')";
  const refused: readonly (readonly [title: string, publication: string, folder: Folder, reason: RegExp])[] =
    [
      [
        "every table, and the new ones too",
        "CREATE PUBLICATION items FOR ALL TABLES",
        renaming(TABLE),
        /publication items would send new_name of item.*schema zero_downtime.*; and publication items would send table shelf/,
      ],
      [
        "the tables of the schema",
        "CREATE PUBLICATION items FOR TABLES IN SCHEMA public",
        renaming(TABLE),
        /publication items would send new_name of item.*; and publication items would send table shelf/,
      ],
      [
        "only rows that fit a filter",
        "CREATE PUBLICATION items FOR TABLE item WHERE (id > 5)",
        renaming(),
        /publication items would send new_name of item/,
      ],
      [
        "a table that gets a column which no mapping knows",
        "CREATE PUBLICATION items FOR TABLE item",
        {
          "0001-table": renaming()["0001-table"] ?? {},
          "0002-change": {
            "migration.yaml": "description: One more.",
            "expand.sql": "ALTER TABLE item ADD COLUMN more text;",
          },
        },
        /publication items would send more of item/,
      ],
    ];
  for (const [title, publication, folder, reason] of refused) {
    it(`is refused where a publication with a slot sends ${title}`, async () => {
      await onItems(folder, async (bench) => {
        await bench.query(publication);
        await bench.query(slot);
        expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(reason);
      });
    });
  }

  it("goes through with a note where no slot asks, where only listed columns are sent, or another table is", async () => {
    const cases: readonly (readonly [made: string, note: RegExp | null])[] = [
      [
        "CREATE PUBLICATION items FOR TABLE item",
        /^Publication items sends new_name of item from now on: a subscriber needs that too, before it subscribes$/m,
      ],
      [
        `CREATE PUBLICATION items FOR TABLE item (id, note); ${slot}`,
        /^Publication items sends only listed columns of item, and new_name not: ALTER PUBLICATION items SET TABLE …$/m,
      ],
      [
        `CREATE PUBLICATION items FOR TABLE item (id, old_name); ${slot}`,
        /^Publication items names old_name of item in its list or filter, so contract can drop it only when/m,
      ],
      [`CREATE TABLE other (id int PRIMARY KEY); CREATE PUBLICATION items FOR TABLE other; ${slot}`, null],
      [
        "CREATE PUBLICATION items FOR TABLE item; SELECT pg_create_logical_replication_slot('elsewhere', 'test_decoding')",
        /^Publication/m,
      ],
    ];
    for (const [made, note] of cases) {
      await onItems(renaming(), async (bench) => {
        for (const statement of made.split("; ")) await bench.query(statement);
        await bench.reach("expanded", RELEASE);
        if (note === null) expect(bench.lines.join("\n")).not.to.match(/^Publication/m);
        else expect(bench.lines.join("\n")).to.match(note);
      });
    }
  });

  it("is refused where a subscription writes a table that loses a column in contract, until it is prepared", async () => {
    await onItems(renaming(), async (bench) => {
      await bench.query(
        "CREATE SUBSCRIPTION from_elsewhere CONNECTION 'host=127.0.0.1 port=1 dbname=nowhere' PUBLICATION items WITH (connect = false, slot_name = NONE)",
      );
      try {
        await bench.query(
          "INSERT INTO pg_subscription_rel SELECT oid, 'item'::regclass, 'r', '0/0' FROM pg_subscription WHERE subname = 'from_elsewhere'",
        );
        expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(
          /subscription from_elsewhere writes into item, of which contract\.sql drops old_name/,
        );
        const migrations = renaming({ "migration.yaml": PREPARED });
        const result = await bench.run({ goal: "expanded", ...RELEASE }, { migrations });
        expect(result.ok, result.summary).to.equal(true);
      } finally {
        await bench.query("DROP SUBSCRIPTION from_elsewhere");
      }
    });
  });
});
