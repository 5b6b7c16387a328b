import { expect } from "chai";
import type pg from "pg";
import { MOVE, MOVE_BACK, moving } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { until } from "../../../support/until.ts";

/** One value takes the backfill a while, in which others can write. */
function slowFunction(name: string): string {
  return `CREATE FUNCTION ${name}(INOUT seen int, INOUT liked int) LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
  IF seen = 77 AND current_setting('zero_downtime.backfill', true) = 'on' THEN PERFORM pg_sleep(0.5); END IF; END$$;`;
}

const COUNTERS = moving(
  {
    "migration.yaml": `description: Counters get a table of their own.
mappings:
  - { table: person, key: id, old: [seen, liked], newTable: { name: person_count, key: person_id }, new: { seen: optional, liked: optional }, toNew: there, toOld: back }
`,
    "expand.sql":
      "CREATE TABLE person_count (person_id int PRIMARY KEY REFERENCES person ON DELETE CASCADE, seen int, liked int, note text);",
    "sync.sql": `${slowFunction("there")} ${slowFunction("back")}`,
    "contract.sql": "ALTER TABLE person DROP COLUMN seen, DROP COLUMN liked;",
  },
  "CREATE TABLE person (id int PRIMARY KEY, name text, seen int, liked int);",
);

describe("two versions that write one row, each in its own table", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(COUNTERS);
    // Whoever meets the other version in one row finds out soon.
    await bench.query(`ALTER DATABASE "${bench.database.name}" SET deadlock_timeout = '50ms'`);
    await bench.reach("base", { to: MOVE.from, first: true });
  });

  afterEach(() => bench.end());

  const rows = (count: number) =>
    bench.query("INSERT INTO person SELECT i, 'row ' || i, 0, 0 FROM generate_series(1, $1) AS i", [count]);

  const different = async () =>
    (
      await bench.query(
        "SELECT id FROM person AS t LEFT JOIN person_count AS o ON o.person_id = t.id WHERE (t.seen, t.liked) IS DISTINCT FROM (o.seen, o.liked) AND (t.seen, t.liked, o.person_id) IS DISTINCT FROM (NULL, NULL, NULL) ORDER BY id LIMIT 5",
      )
    ).map(({ id }) => id);

  /**
   * Does it until it is done: a deadlock or a row that somebody else has just made ends the
   * attempt, not the work.
   */
  async function insist(client: pg.Client, text: string, values: readonly unknown[]): Promise<number> {
    for (;;) {
      try {
        return (await client.query(text, [...values])).rowCount ?? 0;
      } catch (error) {
        if (!["40P01", "40001", "23505"].includes((error as { code: string }).code)) throw error;
      }
    }
  }

  it("lose no count, whichever of them counts, in the moves of a release and of its way back", async () => {
    await rows(4);
    await bench.reach("expanded", MOVE);
    await bench.reach("filled", MOVE);
    const counted = { seen: 0, liked: 0 };
    const count = async (version: "old" | "new", column: "seen" | "liked", seed: number) => {
      const client = await bench[version]();
      const text =
        version === "old"
          ? `UPDATE person SET ${column} = ${column} + 1 WHERE id = $1`
          : `UPDATE person_count SET ${column} = ${column} + 1 WHERE person_id = $1`;
      for (let turn = 0; turn < 60; turn++) {
        const written = await insist(client, text, [1 + ((turn * seed) % 4)]);
        counted[column] += written;
      }
    };
    const all = async () => {
      await Promise.all([
        count("old", "seen", 1),
        count("old", "liked", 3),
        count("new", "seen", 1),
        count("new", "liked", 3),
        count("new", "seen", 7),
      ]);
      const [sums] = await bench.query(
        "SELECT sum(t.seen)::int AS seen, sum(t.liked)::int AS liked FROM person AS t JOIN person_count AS o ON o.person_id = t.id AND (o.seen, o.liked) = (t.seen, t.liked)",
      );
      expect(sums).to.deep.equal(counted);
    };
    await all();
    await bench.reach("verified", MOVE);
    await bench.database.disconnect();
    await bench.reach("contracted", { ...MOVE, vacate: bench.database.roles.blue });
    await bench.reach("expanded", MOVE_BACK);
    await bench.reach("filled", MOVE_BACK);
    await all();
    await bench.reach("verified", MOVE_BACK);
  });

  it("agree after any mix of values, NULL, inserts and deletes on both sides", async () => {
    await rows(6);
    await bench.reach("expanded", MOVE);
    await bench.reach("filled", MOVE);
    const forms = {
      old: [
        "UPDATE person SET seen = $2 WHERE id = $1",
        "UPDATE person SET seen = NULL, liked = NULL, name = $2::text WHERE id = $1",
        "DELETE FROM person WHERE id = $1 AND $2::int >= 0",
        "INSERT INTO person (id, seen) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET liked = excluded.seen",
      ],
      new: [
        "UPDATE person_count SET liked = $2 WHERE person_id = $1",
        "DELETE FROM person_count WHERE person_id = $1 AND $2::int >= 0",
        "INSERT INTO person_count (person_id, seen) SELECT id, $2::int FROM person WHERE id = $1 ON CONFLICT (person_id) DO UPDATE SET seen = excluded.seen",
        "UPDATE person_count SET note = $2::text WHERE person_id = $1",
      ],
    };
    await Promise.all(
      (
        [
          ["old", 3],
          ["old", 5],
          ["new", 1],
          ["new", 7],
        ] as const
      ).map(async ([version, seed]) => {
        const client = await bench[version]();
        for (let turn = 0; turn < 80; turn++) {
          const text = forms[version][(turn * seed + (turn >> 3)) % 4] ?? "";
          // The own row may go between the look and the foreign key's look.
          await insist(client, text, [1 + ((turn * seed) % 6), turn]).catch((error: unknown) =>
            expect(error).to.have.property("code", "23503"),
          );
        }
      }),
    );
    expect(await different()).to.deep.equal([]);
    await bench.reach("verified", MOVE);
  });

  it("fill nothing with what the old version takes away meanwhile", async () => {
    await rows(3000);
    await bench.reach("expanded", MOVE);
    let isFilled = false;
    let acknowledged = 0;
    const take = async (seed: number) => {
      const client = await bench.old();
      for (let turn = 0; !isFilled || turn < 200; turn++) {
        const id = 1 + ((turn * seed) % 3000);
        const text = [
          "UPDATE person SET seen = NULL, liked = NULL WHERE id = $1",
          "UPDATE person SET seen = 1 WHERE id = $1",
          "DELETE FROM person WHERE id = $1",
        ][turn % 3];
        await client.query(text ?? "", [id]);
        acknowledged++;
      }
    };
    const takers = Promise.all([take(7), take(11)]);
    await bench.reach("filled", MOVE);
    isFilled = true;
    await takers;
    expect(acknowledged).to.be.greaterThan(400);
    expect(await different()).to.deep.equal([]);
    await bench.reach("verified", MOVE);
  });

  it("fill by what was committed when the row was free, not by what was there before", async () => {
    await rows(50);
    await bench.reach("expanded", MOVE);
    const old = await bench.old();
    await old.query("BEGIN");
    await old.query("UPDATE person SET seen = NULL, liked = NULL WHERE id = 7");
    await old.query("UPDATE person SET seen = 70 WHERE id = 8");
    const filling = bench.reach("filled", MOVE);
    await until("the backfill waits", () =>
      bench.lines.some((line) => /waiting for .*old version/.test(line)),
    );
    await old.query("COMMIT");
    await filling;
    const found = await bench.query("SELECT person_id, seen FROM person_count WHERE person_id IN (7, 8)");
    expect(found).to.deep.equal([{ person_id: 8, seen: 70 }]);
  });

  it("make the backfill wait for at most half of the time after which PostgreSQL looks for a deadlock", async () => {
    await rows(50);
    await bench.reach("expanded", MOVE);
    const waits = new Set<string>();
    const observe = (_moment: string, text: string) => {
      if (text.includes("zero_downtime.backfill")) waits.add(/'lock_timeout', '(\d+)'/.exec(text)?.[1] ?? "");
    };
    await bench.reach("filled", MOVE, { observe });
    expect([...waits]).to.deep.equal(["25"]);
  });

  it("fill nothing with what the old version takes away in the middle of a step", async () => {
    await rows(50);
    await bench.query("UPDATE person SET seen = 77 WHERE id = 7");
    await bench.reach("expanded", MOVE);
    const old = await bench.old();
    const filling = bench.reach("filled", MOVE);
    await inTheMiddle();
    await old.query("UPDATE person SET seen = NULL, liked = NULL WHERE id = 7");
    await filling;
    expect(await bench.query("SELECT FROM person_count WHERE person_id = 7")).to.have.length(0);
  });

  it("fill the way back with nothing that the newer version takes away in the middle of a step", async () => {
    await rows(50);
    await bench.reach("expanded", MOVE);
    await bench.reach("filled", MOVE);
    await bench.reach("contracted", { ...MOVE, vacate: bench.database.roles.blue });
    await bench.query("UPDATE person_count SET seen = 77 WHERE person_id = 7");
    await bench.reach("expanded", MOVE_BACK);
    const fresh = await bench.new();
    const filling = bench.reach("filled", MOVE_BACK);
    await inTheMiddle();
    await fresh.query("DELETE FROM person_count WHERE person_id = 7");
    await filling;
    expect(await bench.query("SELECT seen FROM person WHERE id = 7")).to.deep.equal([{ seen: null }]);
    expect(await different()).to.deep.equal([]);
  });

  /** The backfill has looked at both sides, and has not written yet. */
  const inTheMiddle = () =>
    until("the backfill sleeps", async () => {
      const rows = await bench.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
      return rows.length > 0;
    });

  const waiting = (version: "old version" | "new version") =>
    until(`the ${version} waits for a lock`, async () => {
      const rows = await bench.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = $1",
        [version],
      );
      return rows.length > 0;
    });

  it("wait for each other in one order, where a row is inserted", async () => {
    await bench.query("INSERT INTO person VALUES (1, 'a', NULL, NULL)");
    await bench.reach("expanded", MOVE);
    await bench.reach("filled", MOVE);
    const [old, fresh] = [await bench.old(), await bench.new()];
    await fresh.query("BEGIN");
    await fresh.query("INSERT INTO person_count (person_id, liked) VALUES (1, 5)");
    const changed = old.query("UPDATE person SET seen = 3 WHERE id = 1");
    await waiting("old version");
    await fresh.query("COMMIT");
    await changed;
    const both =
      "SELECT t.seen, t.liked, o.seen AS new_seen, o.liked AS new_liked FROM person AS t JOIN person_count AS o ON o.person_id = t.id";
    expect(await bench.query(both)).to.deep.equal([{ seen: 3, liked: 5, new_seen: 3, new_liked: 5 }]);

    await old.query("BEGIN");
    await old.query("UPDATE person SET seen = NULL, liked = NULL WHERE id = 1");
    const inserted = fresh.query("INSERT INTO person_count (person_id, liked) VALUES (1, 6)");
    await waiting("new version");
    await old.query("UPDATE person SET name = 'b' WHERE id = 1");
    await old.query("COMMIT");
    await inserted;
    expect(await bench.query(both)).to.deep.equal([{ seen: null, liked: 6, new_seen: null, new_liked: 6 }]);
  });
});
