import { expect } from "chai";
import fc from "fast-check";
import type pg from "pg";
import { postgresBinaries } from "../../../../cli/lint/measure/postgres-binaries.ts";
import { startThrowawayServer, type ThrowawayServer } from "../../../../cli/lint/measure/throwaway-server.ts";
import { literal } from "../../../../schema/sql/sql.ts";
import type { Version } from "../../../../schema/sync/writers.ts";
import { PASSWORD } from "../../../support/postgres/launch-postgres.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";
import { createDatabaseAt } from "../../../support/postgres/test-database.ts";

/** A column with what an insert leaves in it; `volatile` is another text each time. */
interface Column {
  readonly name: string;
  readonly default: string | null | "volatile";
}

/**
 * The columns of each version, pair by pair: what one holds is the other one's text read backwards.
 */
type Sides = Readonly<Record<Version, readonly [Column, Column]>>;

const ROAD: Column = { name: "road", default: "none" };
const PLACE: Column = { name: "place", default: null };
const STREET: Column = { name: "street", default: "unknown" };
const town = (value: Column["default"]): Column => ({ name: "town", default: value });

const words = (column: Column) =>
  `${column.name} text DEFAULT ${column.default === "volatile" ? "md5(random()::text)" : column.default === null ? "NULL" : literal(column.default).text}`;

const folder = (old: readonly Column[]) =>
  renaming(
    {
      "migration.yaml":
        "description: x\nmappings:\n  - { table: item, key: id, old: [street, town], new: { road: optional, place: optional }, toNew: there, toOld: back }",
      "expand.sql": `ALTER TABLE item ADD COLUMN ${words(ROAD)}, ADD COLUMN place text;`,
      "sync.sql": `CREATE FUNCTION there(street text, town text, OUT road text, OUT place text) LANGUAGE sql IMMUTABLE RETURN ROW(reverse(street), reverse(town));
CREATE FUNCTION back(road text, place text, OUT street text, OUT town text) LANGUAGE sql IMMUTABLE RETURN ROW(reverse(road), reverse(place));`,
      "contract.sql": "ALTER TABLE item DROP COLUMN street, DROP COLUMN town;",
    },
    `CREATE TABLE item (id int PRIMARY KEY, note text, ${old.map(words).join(", ")});`,
  );

/** `undefined` is the word DEFAULT. */
type Value = string | null | undefined;

/** One write by a version's login: of columns of its own side, or of the other one alone. */
interface Write {
  readonly by: Version;
  readonly side: Version;
  readonly how: "insert" | "update" | "upsert" | "merge" | "copy";
  readonly given: Readonly<Record<0 | 1, { readonly is: boolean; readonly value: Value }>>;
}

const value = fc.constantFrom<Value>(
  undefined,
  null,
  ...["", "a", "b", "unknown", "nwonknu", "none", "enon", "t"],
);
const given = fc.record({ is: fc.boolean(), value });
const version = fc.constantFrom<Version>("old", "new");

const writes = (hows: readonly Write["how"][]) =>
  fc.array(
    fc.record({
      by: version,
      side: version,
      how: fc.constantFrom(...hows),
      given: fc.record({ 0: given, 1: given }),
    }),
    { minLength: 1, maxLength: 8 },
  );

type Row = Readonly<Record<string, string | null>>;

const reversed = (text: string | null | undefined) =>
  text === null || text === undefined ? null : [...text].reverse().join("");

/**
 * What the version that wrote must read in its own columns; `undefined` where any text is right.
 */
function expected(write: Write, sides: Sides, before: Row | undefined, after: Row): readonly Value[] {
  const own = sides[write.by];
  const written = sides[write.side];
  const other = sides[write.by === "old" ? "new" : "old"];
  const mapped = other.map(({ name }) => reversed(after[name]));
  const isInsert = before === undefined;
  const stored = written.map((column, index) => {
    const { is, value: wanted } = write.given[index as 0 | 1];
    if (!is && !isInsert) return before[column.name];
    if (is && wanted !== undefined) return wanted;
    return column.default === "volatile" ? undefined : column.default;
  });
  if (write.side === write.by) return stored;
  const defaults = own.map((column) => (column.default === "volatile" ? undefined : column.default));
  if (!isInsert) return mapped;
  // By the other side's columns alone, the new version is understood where one of them holds
  // something else than its default.
  const isUnderstood = written.some(
    (column, index) => column.default !== "volatile" && stored[index] !== column.default,
  );
  return write.by === "new" && isUnderstood
    ? stored.map((one, index) => (one === undefined ? mapped[index] : reversed(one)))
    : defaults;
}

/** The statement of a write to row 1. */
function statementOf({ how, side, given: parts }: Write, sides: Sides): string {
  const columns = sides[side].flatMap((column, index) => {
    const part = parts[index as 0 | 1];
    const text = part.value === undefined ? "DEFAULT" : part.value === null ? "NULL" : `'${part.value}'`;
    return part.is ? [{ name: column.name, text, value: part.value }] : [];
  });
  const names = ["id", ...columns.map(({ name }) => name)].join(", ");
  const values = ["1", ...columns.map(({ text }) => text)].join(", ");
  const set = (excluded: boolean) =>
    [
      "note = 'written'",
      ...columns.map(({ name, text }) => `${name} = ${excluded ? `excluded.${name}` : text}`),
    ].join(", ");
  switch (how) {
    case "insert":
      return `INSERT INTO item (${names}) VALUES (${values})`;
    case "update":
      return `UPDATE item SET ${set(false)} WHERE id = 1`;
    case "upsert":
      return `INSERT INTO item (${names}) VALUES (${values}) ON CONFLICT (id) DO UPDATE SET ${set(true)}`;
    case "merge":
      return `MERGE INTO item USING (VALUES (1)) AS v (id) ON item.id = v.id WHEN MATCHED THEN UPDATE SET ${set(false)} WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${values})`;
    case "copy": {
      const filled = columns.filter((column) => column.value !== undefined);
      const fields = ["1", ...filled.map((column) => column.value ?? "\\\\N")];
      return `COPY item (${["id", ...filled.map(({ name }) => name)].join(", ")}) FROM PROGRAM 'printf "${fields.join("\\t")}\\n"'`;
    }
  }
}

/** Writes of both versions at random, each read back at once. */
async function holdsFor(
  bench: ReleaseBench,
  sides: Sides,
  logins: Readonly<Record<Version, string>>,
  hows: readonly Write["how"][],
): Promise<void> {
  const clients: Record<Version, pg.Client> = {
    old: await bench.database.connect(logins.old),
    new: await bench.database.connect(logins.new),
  };
  await bench.query(`GRANT pg_execute_server_program TO ${logins.old}, ${logins.new}`);
  const read = async () => (await bench.query<Row>("SELECT * FROM item WHERE id = 1"))[0];
  await fc.assert(
    fc.asyncProperty(writes(hows), async (walk) => {
      await bench.query("DELETE FROM item");
      for (const write of walk) {
        if (write.how === "insert" || write.how === "copy") await bench.query("DELETE FROM item");
        const before = await read();
        const statement = statementOf(write, sides);
        await clients[write.by].query(statement);
        const after = await read();
        if (after === undefined) continue;
        const shown = `${write.by} version: ${statement}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
        const pairs = sides.old.map(({ name }, index) => [
          after[name],
          reversed(after[sides.new[index as 0 | 1].name]),
        ]);
        for (const [one, other] of pairs) expect(one, `agreement: ${shown}`).to.equal(other);
        for (const [index, wanted] of expected(write, sides, before, after).entries()) {
          const found = after[sides[write.by][index as 0 | 1].name];
          if (wanted === undefined) expect(found, shown).to.be.a("string");
          else expect(found, shown).to.equal(wanted);
        }
      }
    }),
    { numRuns: 100 },
  );
  await bench.database.disconnect();
}

/** There, and back where the older version's defaults allow it. */
async function there(bench: ReleaseBench, hows: readonly Write["how"][], old: Sides["old"], back: boolean) {
  const { blue, green } = bench.database.roles;
  try {
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.reach("filled", RELEASE);
    await holdsFor(bench, { old, new: [ROAD, PLACE] }, { old: blue, new: green }, hows);
    await bench.reach("verified", RELEASE);
    if (!back) return;
    await bench.reach("contracted", { ...RELEASE, vacate: blue });
    await bench.reach("base", { from: RELEASE.to, to: RELEASE.to, vacate: blue });
    const backwards = { from: RELEASE.to, to: RELEASE.from };
    await bench.reach("filled", backwards);
    await holdsFor(bench, { old: [ROAD, PLACE], new: old }, { old: green, new: blue }, hows);
    await bench.reach("verified", backwards);
  } finally {
    await bench.end();
  }
}

describe("whatever either version writes is what it reads back, and both forms agree", function () {
  this.timeout(120_000);
  const hows = ["insert", "update", "upsert", "copy"] as const;
  const constant: Sides["old"] = [STREET, town("t")];
  const volatile: Sides["old"] = [STREET, town("volatile")];

  it("with constant defaults, there and back", async () => {
    await there(await ReleaseBench.create(folder(constant)), [...hows, "merge"], constant, true);
  });

  it("with a default that is another one for each row", async () => {
    await there(await ReleaseBench.create(folder(volatile)), [...hows, "merge"], volatile, false);
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

    it("with constant defaults, there and back", async () => {
      const database = await createDatabaseAt(port, "written");
      await there(ReleaseBench.on(database, folder(constant)), hows, constant, true);
    });

    it("with a default that is another one for each row", async () => {
      const database = await createDatabaseAt(port, "volatile");
      await there(ReleaseBench.on(database, folder(volatile)), hows, volatile, false);
    });
  });
});
