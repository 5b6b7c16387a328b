import { expect } from "chai";
import type pg from "pg";
import { eventually } from "../../../support/eventually.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

const SYNC = `CREATE FUNCTION there(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper(v);
CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower(v);`;

describe("the backfill", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;

  beforeEach(async () => {
    bench = await ReleaseBench.create(renaming({ "sync.sql": SYNC }));
    await bench.reach("base", { to: RELEASE.from, first: true });
  });

  afterEach(() => bench.end());

  const fill = (rows: number) =>
    bench.query("INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, $1) AS i", [rows]);

  it("loses no write of either version that happens meanwhile", async () => {
    await fill(30_000);
    await bench.reach("expanded", RELEASE);
    let isOver = false;
    const writers = [await bench.old(), await bench.new()].map((client, index) =>
      writeUntil(() => isOver, client, index === 0 ? "old_name" : "new_name", index),
    );
    await bench.reach("filled", RELEASE);
    isOver = true;
    const acknowledged = new Map((await Promise.all(writers)).flatMap((written) => [...written]));
    expect(acknowledged.size).to.be.greaterThan(20);

    const rows = await bench.query<{ id: number; old_name: string; new_name: string }>(
      "SELECT id, old_name, new_name FROM item",
    );
    for (const row of rows) {
      const expected = acknowledged.get(row.id) ?? `name ${row.id}`;
      expect(row).to.deep.equal({ id: row.id, old_name: expected, new_name: expected.toUpperCase() });
    }
  });

  it("fills what got another key while it passed", async () => {
    await fill(20_000);
    await bench.reach("expanded", RELEASE);
    const mover = await bench.old();
    let next = 20_000;
    let moves: Promise<unknown> = Promise.resolve();
    const result = await bench.reach("filled", RELEASE, {
      observe: (moment, text) => {
        // Rows go from in front of the walk to behind it.
        if (moment === "after" && text.startsWith("UPDATE") && next > 19_990) {
          const id = next--;
          moves = moves.then(() => mover.query("UPDATE item SET id = -id WHERE id = $1", [id]));
        }
      },
    });
    expect(result.ok).to.equal(true);
    await moves;
    const wrong = await bench.query("SELECT id FROM item WHERE new_name IS DISTINCT FROM upper(old_name)");
    expect(wrong).to.deep.equal([]);
  });

  it("ends although rows are inserted faster than it walks, as those are filled when they are written", async () => {
    await fill(2_000);
    await bench.reach("expanded", RELEASE);
    let top = 2_000;
    let inserts: Promise<unknown> = Promise.resolve();
    const inserter = await bench.old();
    const result = await bench.reach("filled", RELEASE, {
      observe: (moment, text) => {
        if (moment !== "after" || !text.startsWith("UPDATE")) return;
        const first = top + 1;
        inserts = inserts.then(() =>
          inserter.query(
            "INSERT INTO item SELECT i, 'more' FROM generate_series($1::int, $1::int + 3000) AS i",
            [first],
          ),
        );
        top += 3_001;
      },
    });
    await inserts;
    expect(result.facts).to.include({ rows: 2_000 });
  });

  it("goes on where it was killed, and counts over all its runs", async () => {
    await fill(20_000);
    await bench.reach("expanded", RELEASE);
    let steps = 0;
    const killed = await bench.run(
      { goal: "filled", ...RELEASE },
      {
        observe: (moment, text) => {
          if (text.startsWith("UPDATE") && moment === "after") steps++;
          if (steps > 3) throw new Error("killed");
        },
      },
    );
    expect(killed.ok).to.equal(false);
    const result = await bench.reach("filled", RELEASE);
    expect(result.facts).to.include({ rows: 20_000 });
    expect(bench.lines.some((line) => /^Going on after \d+ rows$/.test(line))).to.equal(true);
  });

  it("waits for a locked row without blocking others, and never makes the application the victim of a deadlock", async () => {
    await fill(3_000);
    await bench.reach("expanded", RELEASE);
    const first = await bench.old();
    await first.query("BEGIN");
    await first.query("UPDATE item SET note = 'held' WHERE id = 2000");
    const running = bench.run({ goal: "filled", ...RELEASE });
    await eventually(
      () =>
        bench.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE%'"),
      (rows) => rows.length > 0,
    );
    // A row that the waiting step has locked already: a deadlock, if the step waited on.
    await first.query("UPDATE item SET note = 'held too' WHERE id = 1999");
    await first.query("COMMIT");
    const result = await running;
    expect(result.ok, result.summary).to.equal(true);
    expect(result.facts?.["lockTimeouts"]).to.be.greaterThan(0);
    const notes = await bench.query("SELECT id FROM item WHERE note IS NOT NULL ORDER BY id");
    expect(notes).to.deep.equal([{ id: 1999 }, { id: 2000 }]);
  });

  it("needs only an empty table", async () => {
    await bench.reach("expanded", RELEASE);
    const result = await bench.reach("filled", RELEASE);
    expect(result.facts).to.include({ rows: 0, checkedRows: 0 });
  });

  it("says that the disk is full when it is, with nothing half done, and goes on when there is room again", async () => {
    await fill(3000);
    await bench.reach("expanded", RELEASE);
    await bench.query(
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 2000 THEN RAISE EXCEPTION ''could not extend file "base/1/2": No space left on device'' USING ERRCODE = ''disk_full''; END IF; RETURN NEW; END'`,
    );
    await bench.query(
      "CREATE TRIGGER full_disk BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    const reason = await bench.refused({ goal: "filled", ...RELEASE });
    expect(reason).to.match(
      /^Cannot reach filled as the database's disk is full: could not extend file .*No space left on device\. Free some space.*What was done before it stands, and repeating the stage goes on from there$/,
    );
    await (await bench.old()).query("UPDATE item SET note = 'written' WHERE id = 1");
    await bench.query("DROP TRIGGER full_disk ON item");
    const result = await bench.reach("filled", RELEASE);
    expect(result.facts).to.include({ checkedRows: 3000 });
  });

  it("names the keys of rows that disagree, and how many they are", async () => {
    await fill(1_000);
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    await bench.query("ALTER TABLE item DISABLE TRIGGER zzz_zero_downtime_sync");
    await bench.query("UPDATE item SET old_name = 'x' WHERE id IN (77, 78, 900)");
    await bench.query("ALTER TABLE item ENABLE ALWAYS TRIGGER zzz_zero_downtime_sync");
    const reason = await bench.refused({ goal: "verified", ...RELEASE });
    expect(reason).to.match(
      /^Cannot go on as both forms of every row must agree: 3 of 1000 rows of item differ, such as those with id 77; 78; 900\./,
    );
  });
});

/** Writes one row after the other until told to stop; returns what was acknowledged. */
async function writeUntil(
  isOver: () => boolean,
  client: pg.Client,
  column: string,
  parity: number,
): Promise<Map<number, string>> {
  const written = new Map<number, string>();
  for (let count = 0; !isOver(); count++) {
    const id = ((count * 7919) % 15_000) * 2 + 1 + parity;
    const value = `written ${count} by ${column}`;
    await client.query(`UPDATE item SET ${column} = $2 WHERE id = $1`, [
      id,
      column === "new_name" ? value.toUpperCase() : value,
    ]);
    written.set(id, value);
  }
  return written;
}
