// Whatever the old version writes during a release goes through, reads back, and is named by the
// verification where the new version would miss it.
import { expect } from "chai";
import fc from "fast-check";
import type pg from "pg";
import { postgresBinaries } from "../../../../cli/lint/measure/postgres-binaries.ts";
import { startThrowawayServer, type ThrowawayServer } from "../../../../cli/lint/measure/throwaway-server.ts";
import { printedDeclaration } from "../../../../schema/expressions/function-outcome.ts";
import { probeValues } from "../../../../schema/checks/probe-values.ts";
import { literal } from "../../../../schema/sql/sql.ts";
import { connectAsSuperuser, PASSWORD } from "../../../support/postgres/launch-postgres.ts";
import { createDatabase } from "../../../support/postgres/postgres.ts";
import { ReleaseBench, type Folder } from "../../../support/postgres/release-bench.ts";
import { RELEASE } from "../../../support/postgres/small-migrations.ts";
import { createDatabaseAt, type TestDatabase } from "../../../support/postgres/test-database.ts";

/** How a value of one type becomes one of another, and back; `good` can be carried over. */
interface Kind {
  readonly from: string;
  readonly to: string;
  readonly good: string;
  /** Of `v`; by default a plain assignment. */
  readonly there?: string;
  readonly back?: string;
}

const TYPES =
  "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN zip AS text CHECK (VALUE ~ '^[0-9]+$')";

const KINDS: readonly Kind[] = [
  ...["text", "varchar(20)", "char(5)", "int", "numeric(8,2)", "timestamptz", "jsonb", "text[]"].map(
    (type) => ({ from: type, to: type, good: goodOf(type) }),
  ),
  { from: "text", to: "varchar(4)", good: "ab" },
  { from: "varchar(20)", to: "text", good: "ab" },
  // PostgreSQL itself stumbles over a bare cast of char(n) to varchar in FROM.
  { from: "varchar(20)", to: "char(2)", good: "ab", back: "v::text" },
  { from: "char(5)", to: "varchar(3)", good: "ab", there: "v::text" },
  { from: "int", to: "bigint", good: "7" },
  { from: "bigint", to: "int", good: "7" },
  { from: "int", to: "smallint", good: "7" },
  { from: "int", to: "numeric(6,2)", good: "7" },
  { from: "numeric", to: "numeric(5,1)", good: "7" },
  { from: "numeric(8,2)", to: "numeric(8,4)", good: "7" },
  { from: "float8", to: "float4", good: "0.5" },
  { from: "timestamp", to: "date", good: "2000-01-01", there: "v::date", back: "v::timestamp" },
  { from: "date", to: "timestamp(0)", good: "2000-01-01", there: "v::timestamp", back: "v::date" },
  { from: "text[]", to: "varchar(3)[]", good: "{ab}" },
  { from: "text", to: "int", good: "7", there: "v::int", back: "v::text" },
  { from: "text", to: "bool", good: "true", there: "v::bool", back: "v::text" },
  { from: "text", to: "date", good: "2000-01-01", there: "v::date", back: "v::text" },
  { from: "text", to: "jsonb", good: "{}", there: "v::jsonb", back: "v::text" },
  {
    from: "text",
    to: "uuid",
    good: "00000000-0000-0000-0000-000000000000",
    there: "v::uuid",
    back: "v::text",
  },
  { from: "text", to: "mood", good: "good", there: "v::mood", back: "v::text" },
  { from: "text", to: "zip", good: "1000", there: "v::zip", back: "v::text" },
  { from: "jsonb", to: "text", good: '{"a": "b"}', there: "v->>'a'", back: "to_jsonb(v)" },
  { from: "jsonb", to: "int", good: "1", there: "v::int", back: "to_jsonb(v)" },
  { from: "int", to: "int", good: "7", there: "v * 100", back: "v / 100" },
  { from: "int", to: "int", good: "7", there: "v + 2000000000", back: "v - 2000000000" },
  {
    from: "int",
    to: "numeric",
    good: "7",
    there: "100.0 / v",
    back: "100 / (CASE v WHEN 0 THEN 1 ELSE v END)",
  },
  { from: "text", to: "text", good: "ab", there: "nullif(trim(v), '')", back: "v" },
  { from: "text", to: "varchar(8)", good: "ab", there: "upper(left(v, 5)) || '!'", back: "lower(v)" },
  { from: "text", to: "varchar(2)", good: "ab", there: "split_part(v, ' ', 2)", back: "v" },
  { from: "text", to: "text", good: "ab", there: "substr(v, 1, length(v) - 1)", back: "v" },
  {
    from: "text",
    to: "text",
    good: "ab",
    there: "CASE WHEN v = 'null' THEN NULL ELSE reverse(v) END",
    back: "v",
  },
  {
    from: "timestamptz",
    to: "bigint",
    good: "2000-01-01 00:00+00",
    there: "extract(epoch FROM v)::bigint",
    back: "to_timestamp(v)",
  },
];

function goodOf(type: string): string {
  if (type === "jsonb") return "{}";
  if (type === "text[]") return "{ab}";
  return type === "timestamptz" ? "2000-01-01 00:00+00" : "7";
}

interface Chosen {
  readonly kind: Kind;
  readonly isRequired: boolean;
  readonly mayBeNull: boolean;
  /** Texts that the old version tries to write besides the probes' own. */
  readonly texts: readonly string[];
}

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 25 }).filter((one) => !one.includes("\0")),
  fc.string({ unit: fc.constantFrom(...' 019-.e{}[]"ax'), maxLength: 12 }),
  fc.bigInt(-(2n ** 65n), 2n ** 65n).map(String),
  fc.double().map(String),
  fc
    .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.json({ maxDepth: 2 }),
);

const release = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    isRequired: fc.boolean(),
    mayBeNull: fc.boolean(),
    texts: fc.array(text, { minLength: 6, maxLength: 12 }),
  }),
  { minLength: 6, maxLength: 8 },
);

/** As a function takes and returns it. */
const bare = (type: string) => type.replace(/\(.*\)/, "").replace(/^char$/, "bpchar");
const [old, fresh] = [(place: number) => `o${place}`, (place: number) => `n${place}`];

function folder(all: readonly Chosen[]): Folder {
  const mapping = (_: Chosen, place: number) =>
    `  - { table: item, key: id, old: ${old(place)}, new: { ${fresh(place)}: ${all[place]?.isRequired ? "required" : "optional"} }, toNew: there${place}, toOld: back${place}, roundTrip: archive }\n`;
  const functions = (
    { kind: { from, to, good, there = "v", back = "v" }, isRequired, mayBeNull }: Chosen,
    place: number,
  ) => {
    // An old column that is NOT NULL takes something of every new one.
    const orGood = isRequired || mayBeNull ? back : `coalesce(${back}, ${literal(good).text}::${bare(from)})`;
    return `CREATE FUNCTION there${place}(v ${bare(from)}) RETURNS ${bare(to)} LANGUAGE sql IMMUTABLE RETURN ${there};
CREATE FUNCTION back${place}(v ${bare(to)}) RETURNS ${bare(from)} LANGUAGE sql IMMUTABLE RETURN ${orGood};\n`;
  };
  return {
    "0001-table": {
      "migration.yaml": "description: A table.",
      "expand.sql": `CREATE TABLE item (id int PRIMARY KEY, ${all.map(({ kind, mayBeNull }, place) => `${old(place)} ${kind.from}${mayBeNull ? "" : " NOT NULL"}`).join(", ")});`,
    },
    "0002-change": {
      "migration.yaml": `description: Other columns.\nmappings:\n${all.map(mapping).join("")}`,
      "expand.sql": `ALTER TABLE item ${all.map(({ kind }, place) => `ADD COLUMN ${fresh(place)} ${kind.to}`).join(", ")};`,
      "sync.sql": all.map(functions).join(""),
      "contract.sql": `ALTER TABLE item ${all.map((_, place) => `DROP COLUMN ${old(place)}`).join(", ")};`,
    },
  };
}

/**
 * A value that the old version may write, and whether the new side can be made of it; asked of
 * PostgreSQL itself, without the triggers.
 */
interface Value {
  readonly text: string | null;
  readonly isCarried: boolean;
}

async function valuesOf(
  client: pg.Client,
  { kind, isRequired, mayBeNull, texts }: Chosen,
): Promise<readonly Value[]> {
  const { from, to, there = "v" } = kind;
  const notNull = (isMeant: boolean) => (isMeant ? " NOT NULL" : "");
  await client.query(
    `CREATE TEMP TABLE before (o ${from}${notNull(!mayBeNull)});
CREATE TEMP TABLE after (n ${to}${notNull(isRequired)});
CREATE FUNCTION pg_temp.there(v ${bare(from)}) RETURNS ${bare(to)} LANGUAGE sql IMMUTABLE RETURN ${there}`,
  );
  const { rows } = await client.query<{ type: string }>(
    "SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'before'::regclass AND attnum = 1",
  );
  const declared = printedDeclaration(rows[0]?.type ?? "");
  const isDone = (query: string, values: readonly (string | null)[] = []) =>
    client.query(query, [...values]).then(
      () => true,
      () => false,
    );
  const found: Value[] = [];
  for (const one of [...probeValues(declared, mayBeNull, []).map((probe) => probe.text), ...texts]) {
    await client.query("DELETE FROM before");
    if (await isDone("INSERT INTO before VALUES ($1)", [one]))
      found.push({
        text: one,
        isCarried: await isDone("INSERT INTO after SELECT pg_temp.there(o) FROM before"),
      });
  }
  await client.query("DROP TABLE before, after; DROP FUNCTION pg_temp.there");
  return found;
}

/** After which stage the old version writes, and which goal must name what was not carried over. */
const STAGES = [
  ["expanded", "filled"],
  ["filled", "verified"],
  ["switched", "contractible"],
] as const;

const SETTINGS = {
  filled: () => ({}),
  verified: () => ({ record: "switched" as const }),
  contractible: ({ database }: ReleaseBench) => ({ vacate: database.roles.blue }),
};

/**
 * A release of all of these mappings at once, in which the old version writes every value
 * at every stage.
 */
async function writeThrough(database: TestDatabase, all: readonly Chosen[]): Promise<void> {
  const bench = ReleaseBench.on(database, folder(all));
  try {
    await bench.query(TYPES);
    const superuser = await connectAsSuperuser(database.port, database.name);
    const values: (readonly Value[])[] = [];
    try {
      for (const one of all) values.push(await valuesOf(superuser, one));
    } finally {
      await superuser.end();
    }
    const olds = all.map((_, place) => old(place));
    const goods = all.map(({ kind }) => kind.good);
    const holes = all.map((_, place) => `$${place + 2}`);
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("CREATE SCHEMA aside; CREATE TABLE aside.written AS TABLE item");
    const version = await bench.old();
    const insert = (table: string) =>
      `INSERT INTO ${table} (id, ${olds.join(", ")}) VALUES ($1, ${holes.join(", ")})`;
    const update = `UPDATE item SET ${olds.map((column, place) => `${column} = ${holes[place]}`).join(", ")} WHERE id = $1`;
    await version.query(insert("item"), [0, ...goods]);

    const failed = all.map(() => new Set<number>());
    const rows = Math.max(...values.map(({ length }) => length));
    let id = 0;
    const write = async (stage: string) => {
      for (let row = 0; row < rows; row++) {
        const written = values.map((some) => some[row % some.length] ?? { text: null, isCarried: true });
        const texts = written.map((value) => value.text);
        for (const isUpdate of [false, true]) {
          id++;
          if (isUpdate) await version.query(insert("item"), [id, ...goods]);
          await version.query(isUpdate ? update : insert("item"), [id, ...texts]).catch((error: unknown) => {
            throw new Error(
              `${stage}: the old version's write of ${JSON.stringify(texts)} failed: ${String(error)}`,
            );
          });
          await bench.query(insert("aside.written"), [id, ...texts]);
          for (const [place, value] of written.entries()) if (!value.isCarried) failed[place]?.add(id);
        }
      }
      const others = olds
        .map((column) => `i.${column}::text IS DISTINCT FROM w.${column}::text`)
        .join(" OR ");
      expect(
        await bench.query(
          `SELECT FROM item AS i FULL JOIN aside.written AS w USING (id) WHERE id > 0 AND (${others})`,
        ),
        `${stage}: read back`,
      ).to.have.length(0);
    };
    /**
     * Reaches a goal, which must name the rows that were not carried over, and those only, until
     * they are corrected.
     */
    const dealWith = async (goal: "filled" | "verified" | "contractible") => {
      for (;;) {
        const result = await bench.run({ goal, ...RELEASE, ...SETTINGS[goal](bench) });
        if (result.ok) break;
        const [, function_ = ""] = /: there(\d+) makes none of /.exec(result.summary) ?? [];
        const [, shown = ""] = /See them with: (.*) -- In each/.exec(result.summary) ?? [];
        expect(shown, `${goal}: ${result.summary}`).to.not.equal("");
        const place = Number(function_);
        const ids = (await bench.query<{ id: number }>(shown)).map((row) => row.id);
        expect(ids, `${goal}: ${old(place)}`).to.have.members([...(failed[place] ?? [])]);
        expect(result.summary).to.include(` in ${ids.length} of `);
        for (const table of ["item", "aside.written"])
          await bench.query(`UPDATE ${table} SET ${old(place)} = $2 WHERE id = ANY ($1)`, [
            ids,
            goods[place],
          ]);
        failed[place]?.clear();
      }
      expect(
        failed.map((ids) => [...ids]),
        `${goal}: not named`,
      ).to.deep.equal(all.map(() => []));
    };
    await bench.reach("expanded", RELEASE);
    for (const [stage, next] of STAGES) {
      await write(stage);
      if (next === "contractible") await database.disconnect();
      await dealWith(next);
    }
    await bench.reach("contracted", { ...RELEASE, vacate: database.roles.blue });
  } finally {
    await bench.end();
  }
}

const EACH_MILLISECONDS = 60_000;

describe("whatever the old version writes", () => {
  it("goes through at every stage, and is named where the new version would miss it", async function () {
    const runs = 2;
    this.timeout(runs * EACH_MILLISECONDS);
    await fc.assert(
      fc.asyncProperty(release, async (all) => writeThrough(await createDatabase(), all)),
      { numRuns: runs, endOnFailure: true },
    );
  });

  describe("on PostgreSQL 14", () => {
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

    it("goes through as well", async function () {
      this.timeout(EACH_MILLISECONDS);
      await fc.assert(
        fc.asyncProperty(release, async (all) =>
          writeThrough(await createDatabaseAt(port, "old_writes"), all),
        ),
        { numRuns: 1, endOnFailure: true },
      );
    });
  });
});
