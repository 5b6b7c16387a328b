import { expect } from "chai";
import type { MigrationFiles } from "../../../../schema/migration/migration-files.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/** The new column's type, and what toNew returns of a text. */
interface Column {
  readonly type: string;
  readonly made: string;
  /** Run by the superuser before the column is added. */
  readonly before?: string;
  /** Made by expand.sql before it. */
  readonly domain?: string;
}

/** A column that rounds: what it keeps as it is, what it does not, and as what. */
interface Rounding extends Column {
  readonly kept: string;
  readonly rounded: readonly [from: string, to: string];
}

const ROUNDING: readonly Rounding[] = [
  { type: "numeric(6,2)", made: "numeric", kept: "1.25", rounded: ["1.005", "1.01"] },
  { type: "smallint", made: "numeric", kept: "2", rounded: ["2.5", "3"] },
  { type: "real", made: "float8", kept: "0.5", rounded: ["0.123456789", "0.12345679"] },
  {
    type: "timestamp(0)",
    made: "timestamp",
    kept: "2026-01-02 03:04:05",
    rounded: ["2026-01-02 03:04:05.6", "2026-01-02 03:04:06"],
  },
  {
    type: "timestamptz(0)",
    made: "timestamptz",
    kept: "2026-01-02 03:04:05+00",
    rounded: ["2026-01-02 03:04:05.6+00", "2026-01-02 03:04:06+00"],
  },
  { type: "time(0)", made: "time", kept: "03:04:05", rounded: ["03:04:05.6", "03:04:06"] },
  { type: "interval(0)", made: "interval", kept: "03:04:05", rounded: ["03:04:05.6", "03:04:06"] },
  { type: "interval year to month", made: "interval", kept: "2 mons", rounded: ["2 mons 3 days", "2 mons"] },
  {
    type: "money_amount",
    made: "numeric",
    before: "CREATE DOMAIN money_amount AS numeric(6,2)",
    kept: "1.25",
    rounded: ["1.005", "1.01"],
  },
];

/** A column that takes the first value and not the second one. */
interface Narrow extends Column {
  readonly kept: string;
  readonly refused: string;
  readonly reason: RegExp;
}

const TOO_LONG =
  /none that is too long: it does not for 1 of 2 rows of item\.old_name, such as those with id 2\./;
const raised = (message: string) =>
  new RegExp(`they raise "${message}" for 1 rows of item\\.old_name, such as those with id 2\\.`);

const NARROW: readonly Narrow[] = [
  {
    type: "numeric(4,2)",
    made: "numeric",
    kept: "12.25",
    refused: "123.25",
    reason: raised("numeric field overflow"),
  },
  { type: "smallint", made: "int", kept: "7", refused: "70000", reason: raised("smallint out of range") },
  { type: "char(3)", made: "text", kept: "abc", refused: "abcd", reason: TOO_LONG },
  { type: "bit(3)", made: "varbit", kept: "101", refused: "10", reason: TOO_LONG },
  { type: "varbit(3)", made: "varbit", kept: "10", refused: "1010", reason: TOO_LONG },
  { type: "varchar(3)[]", made: "text[]", kept: "{abc,d}", refused: "{abc,defg}", reason: TOO_LONG },
  {
    type: "zip",
    made: "text",
    before: "CREATE DOMAIN zip AS varchar(3)",
    kept: "abc",
    refused: "abcd",
    reason: TOO_LONG,
  },
  {
    type: "zip",
    made: "text",
    before: "CREATE DOMAIN code AS varchar(3); CREATE DOMAIN zip AS code",
    kept: "abc",
    refused: "abcd",
    reason: TOO_LONG,
  },
  {
    type: "zip",
    made: "text",
    domain: "varchar(3)",
    kept: "abc",
    refused: "abcd",
    reason: TOO_LONG,
  },
  {
    type: "even",
    made: "int",
    before: "CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0)",
    kept: "4",
    refused: "5",
    reason: raised('value for domain (public\\.)?even violates check constraint "even_check"'),
  },
];

const mapping = (roundTrip: string, need = "required") =>
  `description: x\nmappings:\n  - { table: item, key: id, old: old_name, new: { new_name: ${need} }, toNew: there, toOld: back, roundTrip: ${roundTrip} }`;

/** A text that becomes a value of another type, and back. */
function becoming({ type, made, domain }: Column, roundTrip: "refuse" | "archive"): Partial<MigrationFiles> {
  const added = `ALTER TABLE item ADD COLUMN new_name ${type};`;
  return {
    "migration.yaml": mapping(roundTrip),
    "expand.sql": domain === undefined ? added : `CREATE DOMAIN ${type} AS ${domain}; ${added}`,
    ...(domain === undefined ? {} : { "undo.sql": `DROP DOMAIN IF EXISTS ${type};` }),
    "sync.sql": `CREATE FUNCTION there(v text) RETURNS ${made} LANGUAGE sql IMMUTABLE RETURN v::${made};
CREATE FUNCTION back(v ${made}) RETURNS text LANGUAGE sql IMMUTABLE RETURN v::text;`,
  };
}

/** Its old column may not hold whatever text, so that nobody asks what becomes of an empty one. */
const TABLE = "CREATE TABLE item (id int PRIMARY KEY, old_name varchar(60) NOT NULL, note text);";

async function onRows(
  parts: Partial<MigrationFiles>,
  before: string,
  rows: readonly string[],
  work: (bench: ReleaseBench) => Promise<void>,
  table = TABLE,
): Promise<void> {
  const bench = await ReleaseBench.create(renaming(parts, table));
  try {
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query(`SET timezone = 'UTC'; ${before}`);
    for (const [index, row] of rows.entries())
      await bench.query("INSERT INTO item (id, old_name) VALUES ($1, $2)", [index + 1, row]);
    await work(bench);
  } finally {
    await bench.end();
  }
}

describe("a new column that rounds what is written to it", () => {
  for (const one of ROUNDING) {
    const { type, before = "", kept, rounded } = one;
    const [from, to] = rounded;

    it(`of type ${type}, is found before anything is added: what it makes of a value does not come back`, async () => {
      await onRows(becoming(one, "refuse"), before, [kept, from], async (bench) => {
        expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(
          /every value of item\.old_name must survive there followed by back: 1 of 2 rows do not, such as those with id 2\./,
        );
      });
    });

    it(`of type ${type}, agrees with what it was made of, and a pair that agrees stays as it was written`, async () => {
      await onRows(becoming(one, "archive"), before, [kept, from], async (bench) => {
        const expanded = await bench.reach("expanded", RELEASE);
        expect(expanded.facts).to.include({ nonRoundTripRows: 1 });
        const filled = await bench.reach("filled", RELEASE);
        expect(filled.facts).to.include({ rows: 2, checkedRows: 2 });
        const client = await bench.new();
        await client.query("SET timezone = 'UTC'");
        await client.query("INSERT INTO item (id, old_name) VALUES (3, $1)", [from]);
        const written = "SELECT old_name, new_name::text FROM item WHERE id > 1 ORDER BY id";
        const expected = { old_name: from, new_name: to };
        expect(await bench.query(written)).to.deep.equal([expected, expected]);
        await client.query(
          "INSERT INTO item (id, old_name, new_name) SELECT 4, old_name, new_name FROM item WHERE id = 2",
        );
        expect(await bench.query(written)).to.deep.equal([expected, expected, expected]);
        await bench.reach("verified", RELEASE);
      });
    });
  }
});

describe("a value that its new column does not take", () => {
  for (const one of NARROW) {
    const { type, before = "", domain, kept, refused, reason } = one;
    const title = [before, domain && `a domain that expand.sql makes over ${domain}`, type]
      .filter(Boolean)
      .join("; ");

    it(`is counted and named before anything is added: ${refused} for ${title}`, async () => {
      await onRows(becoming(one, "archive"), before, [kept, refused], async (bench) => {
        expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(reason);
        await bench.query("DELETE FROM item WHERE id = 2");
        await bench.reach("expanded", RELEASE);
        const filled = await bench.reach("filled", RELEASE);
        expect(filled.facts).to.include({ rows: 1, checkedRows: 1 });
      });
    });
  }

  it("is not one of which blanks at the end are cut, as a write cuts them too", async () => {
    await onRows(
      becoming({ type: "varchar(3)", made: "text" }, "archive"),
      "",
      ["abc", "abc  "],
      async (bench) => {
        const expanded = await bench.reach("expanded", RELEASE);
        expect(expanded.facts).to.include({ nonRoundTripRows: 1 });
        const filled = await bench.reach("filled", RELEASE);
        expect(filled.facts).to.include({ rows: 2, checkedRows: 2 });
        expect(await bench.query("SELECT DISTINCT new_name FROM item")).to.deep.equal([{ new_name: "abc" }]);
      },
    );
  });
});

describe("a value that its old column does not take back", () => {
  const table = (type: string) =>
    `CREATE TABLE item (id int PRIMARY KEY, old_name ${type} NOT NULL, note text);`;

  it("does not survive, though a cast would cut it to what it was", async () => {
    const parts = {
      "sync.sql": `CREATE FUNCTION there(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v || 'x';
CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN CASE WHEN length(v) > 3 THEN v ELSE left(v, -1) END;`,
    };
    const work = async (bench: ReleaseBench) => {
      expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(
        /every value of item\.old_name must survive there followed by back: 1 of 2 rows do not, such as those with id 2\./,
      );
    };
    await onRows(parts, "", ["ab", "abc"], work, table("varchar(3)"));
  });

  it("is counted where it raises", async () => {
    const parts = {
      "expand.sql": "ALTER TABLE item ADD COLUMN new_name numeric;",
      "sync.sql": `CREATE FUNCTION there(v numeric) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN v;
CREATE FUNCTION back(v numeric) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN v * CASE WHEN v > 9 THEN 10 ELSE 1 END;`,
    };
    const work = async (bench: ReleaseBench) => {
      expect(await bench.refused({ goal: "expanded", ...RELEASE })).to.match(
        raised("numeric field overflow"),
      );
    };
    await onRows(parts, "", ["9.5", "12.5"], work, table("numeric(4,2)"));
  });
});

describe("a default that its column rounds", () => {
  it("counts as nobody's value, so that the rows are filled, and what the old version inserts is carried over", async () => {
    const parts = {
      ...becoming({ type: "numeric(6,2) DEFAULT 1.005", made: "numeric" }, "archive"),
      "migration.yaml": mapping("archive", "optional"),
    };
    const work = async (bench: ReleaseBench) => {
      await bench.reach("expanded", RELEASE);
      const old = await bench.old();
      await old.query("INSERT INTO item VALUES (2, '3.50')");
      await bench.reach("filled", RELEASE);
      expect(await bench.query("SELECT old_name, new_name FROM item ORDER BY id")).to.deep.equal([
        { old_name: "2.50", new_name: "2.50" },
        { old_name: "3.50", new_name: "3.50" },
      ]);
    };
    await onRows(parts, "", ["2.50"], work, "CREATE TABLE item (id int PRIMARY KEY, old_name text);");
  });
});
