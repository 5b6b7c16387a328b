import { expect } from "chai";
import { eventually } from "../../../support/eventually.ts";
import { MOVE, moving } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/** A release, and what a transaction of the old version writes that is prepared in its middle. */
interface Kind {
  readonly title: string;
  readonly folder: Folder;
  readonly release: { readonly from: string; readonly to: string };
  readonly rows: string;
  readonly write: string;
  /** How many rows are in both forms, and agree. */
  readonly agreeing: string;
  readonly archive: string;
}

const KINDS: readonly Kind[] = [
  {
    title: "one table",
    folder: renaming(),
    release: RELEASE,
    rows: "INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, 50) AS i",
    write:
      "INSERT INTO item (id, old_name) VALUES (51, 'late'); UPDATE item SET old_name = 'other' WHERE id = 5",
    agreeing: "SELECT count(*)::int AS n FROM item WHERE old_name = new_name",
    archive: "SELECT count(*)::int AS n FROM zero_downtime.old_0002_change_item",
  },
  {
    title: "a move to another table",
    folder: moving(),
    release: MOVE,
    rows: "INSERT INTO person SELECT i, 'n', 'street ' || i, 'c' FROM generate_series(1, 50) AS i",
    write:
      "INSERT INTO person (id, name, street) VALUES (51, 'n', 'late'); UPDATE person SET street = 'other' WHERE id = 5",
    agreeing:
      "SELECT count(*)::int AS n FROM person AS t JOIN person_address AS o ON o.person_id = t.id WHERE t.street = o.street",
    archive: "SELECT count(*)::int AS n FROM zero_downtime.old_0002_address_person",
  },
];

const GOALS = ["expanded", "filled", "verified", "contracted"] as const;

describe("a transaction of the old version that is prepared before a stage", function () {
  this.timeout(60_000);
  let bench: ReleaseBench;

  afterEach(() => bench.end());

  for (const { title, folder, release, rows, write, agreeing, archive } of KINDS)
    for (const before of ["expanded", "filled", "contracted"] as const)
      it(`is waited for in words before ${before}, and what it wrote is carried over (${title})`, async () => {
        bench = await ReleaseBench.create(folder);
        const { blue } = bench.database.roles;
        const parts = { ...release, vacate: blue };
        await bench.reach("base", { to: release.from, first: true });
        await bench.query(rows);
        for (const goal of GOALS) {
          if (goal === "contracted" && before !== "contracted")
            expect(await bench.query(agreeing)).to.deep.equal([{ n: 51 }]);
          if (goal !== before) await bench.reach(goal, parts);
          else {
            const old = await bench.old();
            await old.query(`BEGIN; ${write}; PREPARE TRANSACTION 'late'`);
            await bench.database.disconnect();
            const reaching = bench.reach(goal, { ...parts, deadlineSeconds: 60 });
            try {
              await eventually(() =>
                bench.lines.some((line) =>
                  /prepared transaction 'late' of \w+_blue.*COMMIT PREPARED 'late'/.test(line),
                ),
              );
            } finally {
              await bench.query("COMMIT PREPARED 'late'");
            }
            await reaching;
          }
        }
        expect(await bench.query(archive)).to.deep.equal([{ n: 51 }]);
      });
});
