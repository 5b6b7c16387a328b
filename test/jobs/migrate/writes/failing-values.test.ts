import { expect } from "chai";
import type pg from "pg";
import type { MigrationFiles } from "../../../../schema/migration/migration-files.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/**
 * A mapping of a text that raises, or gives no value, for some of what the old version may write.
 */
interface Failing {
  readonly title: string;
  readonly parts: Partial<MigrationFiles>;
  readonly table?: string;
  /** Run by the superuser before the expansion. */
  readonly before?: string;
  /** What the old version wrote before the expansion, and can be carried over. */
  readonly good: string;
  readonly bad: string | null;
  /** Under which SQLSTATE it is noted. */
  readonly state: string;
}

const column = (type: string, body: string, from = "text"): Partial<MigrationFiles> => ({
  "expand.sql": `ALTER TABLE item ADD COLUMN new_name ${type};`,
  "sync.sql": `CREATE FUNCTION there(v ${from}) RETURNS ${type.replace(/\(.*\)/, "")} LANGUAGE sql IMMUTABLE RETURN ${body};
CREATE FUNCTION back(v ${type.replace(/\(.*\)/, "")}) RETURNS ${from} LANGUAGE sql IMMUTABLE RETURN v::${from};`,
});

const table = (type: string) =>
  `CREATE TABLE item (id int PRIMARY KEY, old_name ${type} NOT NULL, note text);`;

const NULLABLE = "CREATE TABLE item (id int PRIMARY KEY, old_name text, note text);";

const FAILING: readonly Failing[] = [
  {
    title: "a text that is no number, for an int",
    parts: column("int", "nullif(v, '')::int"),
    good: "12",
    bad: "twelve",
    state: "22P02",
  },
  {
    title: "a text too long for varchar(10)",
    parts: column("varchar(10)", "v"),
    good: "short",
    bad: "x".repeat(24),
    state: "22001",
  },
  {
    title: "a text too long for char(3)",
    parts: column("char(3)", "v"),
    good: "abc",
    bad: "abcd",
    state: "22001",
  },
  {
    title: "a bigint too great for an int",
    parts: column("int", "v", "bigint"),
    table: table("bigint"),
    good: "1",
    bad: "9223372036854775807",
    state: "22003",
  },
  {
    title: "a numeric too great for numeric(5,2)",
    parts: column("numeric(5,2)", "v", "numeric"),
    table: table("numeric"),
    good: "1.25",
    bad: "1234.5",
    state: "22003",
  },
  {
    title: "a text that is no label of an enumerated type",
    parts: column("mood", "v::mood"),
    before: "CREATE TYPE mood AS ENUM ('good', 'bad')",
    good: "good",
    bad: "fair",
    state: "22P02",
  },
  {
    title: "a text that a domain's check refuses",
    parts: column("zip", "v"),
    before: "CREATE DOMAIN zip AS text CHECK (VALUE ~ '^[0-9]+$')",
    good: "1000",
    bad: "B-1000",
    state: "23514",
  },
  {
    title: "an array of texts too long for varchar(3)[]",
    parts: column("varchar(3)[]", "v", "text[]"),
    table: table("text[]"),
    good: "{abc}",
    bad: "{abcd}",
    state: "22001",
  },
  {
    title: "an empty text of which a required column would get none",
    parts: column("text", "nullif(v, '')"),
    good: "a",
    bad: "",
    state: "23502",
  },
  {
    title: "a NULL of which a required column would get none",
    parts: {},
    table: NULLABLE,
    good: "a",
    bad: null,
    state: "23502",
  },
  {
    title: "what a function in PL/pgSQL raises for",
    parts: {
      "sync.sql": `CREATE FUNCTION there(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN IF v = 'no' THEN RAISE 'never'; END IF; RETURN v; END$$;
CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v;`,
    },
    good: "yes",
    bad: "no",
    state: "P0001",
  },
];

const NUMBER: Failing = {
  title: "a text that is no number",
  parts: column("int", "v::int"),
  good: "12",
  bad: "twelve",
  state: "22P02",
};
const NOTES = "SELECT id FROM zero_downtime.failed_0002_change_1";

describe("a value that the mapping cannot carry over", function () {
  const onRows = async (failing: Failing, work: (bench: ReleaseBench, old: pg.Client) => Promise<void>) => {
    const bench = await ReleaseBench.create(renaming(failing.parts, failing.table));
    try {
      if (failing.before !== undefined) await bench.query(failing.before);
      await bench.reach("base", { to: RELEASE.from, first: true });
      const old = await bench.old();
      await old.query("INSERT INTO item (id, old_name) VALUES (1, $1)", [failing.good]);
      await work(bench, old);
    } finally {
      await bench.end();
    }
  };

  for (const failing of FAILING) {
    it(`is written by the old version at every stage: ${failing.title}`, () =>
      onRows(failing, async (bench, old) => {
        const { good, bad, state } = failing;
        const both = async (id: number) =>
          (
            await bench.query<{ old_name: string | null; new_name: string | null }>(
              "SELECT old_name::text, new_name::text FROM item WHERE id = $1",
              [id],
            )
          )[0];
        const write = async (id: number) => {
          await old.query("INSERT INTO item (id, old_name) VALUES ($1, $2)", [id, good]);
          await old.query("UPDATE item SET old_name = $2 WHERE id = $1", [id, bad]);
          await old.query("INSERT INTO item (id, old_name) VALUES ($1, $2)", [id + 1, bad]);
          for (const one of [id, id + 1])
            expect(await both(one)).to.deep.equal({ old_name: bad, new_name: null });
        };
        await bench.reach("expanded", RELEASE);
        expect(
          bench.lines.some((line) =>
            line.startsWith("NOTE: the old version may write what there cannot carry over"),
          ),
        ).to.equal(true);
        await write(10);
        const noted = await bench.query(
          "SELECT id, noted_sqlstate FROM zero_downtime.failed_0002_change_1 ORDER BY id",
        );
        expect(noted).to.deep.equal([10, 11].map((id) => ({ id, noted_sqlstate: state })));
        expect(await bench.refused({ goal: "filled", ...RELEASE })).to.match(
          /needs a value of every row in item\.new_name: there makes none of item\.old_name in 2 of 3 rows, such as those with id 10; 11\./,
        );
        await old.query("UPDATE item SET old_name = $1 WHERE id >= 10", [good]);
        await bench.reach("filled", RELEASE);
        expect(await bench.query("SELECT FROM zero_downtime.failed_0002_change_1")).to.have.length(0);

        await write(20);
        const refusal = await bench.refused({ goal: "verified", ...RELEASE });
        expect(refusal).to.match(/in 2 of 5 rows, such as those with id 20; 21\./);
        const [, shown = ""] = /See them with: (.*) -- In each/.exec(refusal) ?? [];
        expect((await bench.query(shown)).map((row) => row["id"])).to.have.members([20, 21]);
        const fresh = await bench.new();
        await fresh.query(
          "UPDATE item SET new_name = (SELECT new_name FROM item WHERE id = 1) WHERE id = 20",
        );
        await fresh.query("DELETE FROM item WHERE id = 21");
        expect((await both(20))?.old_name).to.equal((await both(1))?.old_name);
        await bench.reach("verified", RELEASE);

        await bench.reach("contracted", RELEASE);
        const [kept] = await bench.query(
          "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'new_name'",
        );
        expect(kept).to.deep.equal({ attnotnull: true });
        expect(
          await bench.query(
            "SELECT relname FROM pg_class WHERE relname LIKE 'failed\\_%' OR relname LIKE '%carry%'",
          ),
        ).to.have.length(0);
      }));
  }

  it("is noted by the triggers only, whatever a login asks of the function that notes", () =>
    onRows(NUMBER, async (bench, old) => {
      await bench.reach("expanded", RELEASE);
      await old.query(`SELECT zero_downtime_0002_change.zero_downtime_note_1('22P02', 1)`);
      expect(await bench.query(NOTES)).to.have.length(0);
      const error = await old.query(NOTES).then(() => "", String);
      expect(error).to.match(/permission denied/);
    }));

  it("is found by the verification also where no more keys are noted, as they take much room already", () =>
    onRows(NUMBER, async (bench, old) => {
      for (const goal of ["expanded", "filled"] as const) await bench.reach(goal, RELEASE);
      await bench.query(
        "INSERT INTO zero_downtime.failed_0002_change_1 (id, noted_sqlstate) SELECT -i, '22P02' FROM generate_series(1, 200000) AS i",
      );
      const [size] = await bench.query(
        "SELECT pg_relation_size('zero_downtime.failed_0002_change_1') > 8 * 1024 * 1024 AS is_full",
      );
      expect(size).to.deep.equal({ is_full: true });
      await old.query("INSERT INTO item (id, old_name) VALUES (7, 'seven')");
      expect(await bench.query(`${NOTES} WHERE id = 7`)).to.have.length(0);
      expect(await bench.refused({ goal: "verified", ...RELEASE })).to.match(
        / in 1 of 2 rows, such as those with id 7\./,
      );
    }));
});
