import { expect } from "chai";
import { ReleaseBench, type Folder } from "../../support/postgres/release-bench.ts";

/** A migration of one table, what the old version has written, and how it looks in the new form. */
interface Kind {
  readonly title: string;
  readonly table: string;
  readonly mapping: string;
  readonly expand: string;
  readonly sync: string;
  readonly contract: string;
  readonly rows: string;
  /** Columns that tell a row apart. */
  readonly key: string;
  readonly filled: string;
  readonly oldWrite: string;
  readonly newWrite: string;
  readonly written: readonly [afterOld: object, afterNew: object];
}

const KINDS: readonly Kind[] = [
  {
    title: "renames a column",
    table: "CREATE TABLE t (id int PRIMARY KEY, label text NOT NULL, other int)",
    mapping: "{ table: t, key: id, old: label, new: { title: required }, toNew: same, toOld: back }",
    expand: "ALTER TABLE t ADD COLUMN title text;",
    sync: "CREATE FUNCTION same(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v; CREATE FUNCTION back(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN v;",
    contract: "ALTER TABLE t DROP COLUMN label;",
    rows: "INSERT INTO t SELECT i, 'label ' || i FROM generate_series(1, 500) AS i",
    key: "id",
    filled: "title = label",
    oldWrite: "UPDATE t SET label = 'by old' WHERE id = 3",
    newWrite: "UPDATE t SET title = 'by new' WHERE id = 3",
    written: [
      { label: "by old", title: "by old" },
      { label: "by new", title: "by new" },
    ],
  },
  {
    title: "widens int to bigint, with a composite key of uuid and text",
    table: "CREATE TABLE t (tenant uuid, code text, amount int NOT NULL, PRIMARY KEY (tenant, code))",
    mapping:
      "{ table: t, key: [tenant, code], old: amount, new: { amount_big: required }, toNew: widen, toOld: narrow }",
    expand: "ALTER TABLE t ADD COLUMN amount_big bigint;",
    sync: "CREATE FUNCTION widen(v int) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN v; CREATE FUNCTION narrow(v bigint) RETURNS int LANGUAGE sql IMMUTABLE RETURN v;",
    contract:
      "ALTER TABLE t ADD CONSTRAINT amount_is_small CHECK (amount_big < 1000000) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT amount_is_small; ALTER TABLE t DROP COLUMN amount;",
    rows: `INSERT INTO t SELECT md5((i % 7)::text)::uuid, 'code "' || i || ''' ü', i FROM generate_series(1, 900) AS i`,
    key: "tenant, code",
    filled: "amount_big = amount",
    oldWrite: `UPDATE t SET amount = 41 WHERE code = 'code "3'' ü'`,
    newWrite: `UPDATE t SET amount_big = 42 WHERE code = 'code "3'' ü'`,
    written: [
      { amount: 41, amount_big: "41" },
      { amount: 42, amount_big: "42" },
    ],
  },
  {
    title: "merges two columns into one, with a uuid key",
    table: "CREATE TABLE t (id uuid PRIMARY KEY, low int NOT NULL, high int)",
    mapping: "{ table: t, key: id, old: [low, high], new: { span: required }, toNew: merge, toOld: parts }",
    expand: "ALTER TABLE t ADD COLUMN span int4range;",
    sync: `CREATE FUNCTION merge(low int, high int) RETURNS int4range LANGUAGE sql IMMUTABLE RETURN int4range(low, high);
           CREATE FUNCTION parts(span int4range) RETURNS TABLE (low int, high int) LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT lower(span), upper(span); END;`,
    contract: "ALTER TABLE t DROP COLUMN low, DROP COLUMN high;",
    rows: "INSERT INTO t SELECT md5(i::text)::uuid, i, CASE WHEN i % 3 = 0 THEN NULL ELSE i + 5 END FROM generate_series(1, 700) AS i",
    key: "id",
    filled: "span = int4range(low, high)",
    oldWrite: "UPDATE t SET high = 100 WHERE id = md5('3')::uuid",
    newWrite: "UPDATE t SET span = '[7,9)' WHERE id = md5('3')::uuid",
    written: [
      { low: 3, high: 100, span: "[3,100)" },
      { low: 7, high: 9, span: "[7,9)" },
    ],
  },
  {
    title: "maps names that need quoting, in a table keyed by text with odd characters",
    table: `CREATE TABLE "Order ""x""" ("the key" varchar(40) PRIMARY KEY, "select" text NOT NULL DEFAULT '')`,
    mapping: `{ table: 'Order "x"', key: the key, old: select, new: { 'from "now"': required }, toNew: 'Make "it"', toOld: 'Back''s' }`,
    expand: `ALTER TABLE "Order ""x""" ADD COLUMN "from ""now""" text;`,
    sync: `CREATE FUNCTION "Make ""it"""(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper(v); CREATE FUNCTION "Back's"(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower(v);`,
    contract: `ALTER TABLE "Order ""x""" DROP COLUMN "select";`,
    rows: `INSERT INTO "Order ""x""" SELECT 'k''"\\ ' || i, 'value ' || i FROM generate_series(1, 300) AS i`,
    key: `"the key"`,
    filled: `"from ""now""" = upper("select")`,
    oldWrite: `UPDATE "Order ""x""" SET "select" = 'old' WHERE "the key" = 'k''"\\ 3'`,
    newWrite: `UPDATE "Order ""x""" SET "from ""now""" = 'NEW' WHERE "the key" = 'k''"\\ 3'`,
    written: [
      { select: "old", 'from "now"': "OLD" },
      { select: "new", 'from "now"': "NEW" },
    ],
  },
  {
    title:
      "notices changes that equality does not see, such as letter case in citext and the scale of a number",
    table: "CREATE EXTENSION citext; CREATE TABLE t (id int PRIMARY KEY, a citext NOT NULL, b numeric)",
    mapping: "{ table: t, key: id, old: [a, b], new: { packed: required }, toNew: pack, toOld: unpack }",
    expand: "ALTER TABLE t ADD COLUMN packed text;",
    sync: `CREATE FUNCTION pack(a citext, b numeric) RETURNS text LANGUAGE sql IMMUTABLE RETURN a::text || '|' || coalesce(b::text, '');
           CREATE FUNCTION unpack(v text, OUT a citext, OUT b numeric) LANGUAGE sql IMMUTABLE RETURN ROW(split_part(v, '|', 1)::citext, nullif(split_part(v, '|', 2), '')::numeric);`,
    contract: "ALTER TABLE t DROP COLUMN a, DROP COLUMN b;",
    rows: "INSERT INTO t SELECT i, 'bob', 1.0 FROM generate_series(1, 10) AS i",
    key: "id",
    filled: "packed = 'bob|1.0'",
    oldWrite: "UPDATE t SET a = 'Bob', b = 1.00 WHERE id = 3",
    newWrite: "UPDATE t SET packed = 'BOB|1.000' WHERE id = 3",
    written: [
      { a: "Bob", b: "1.00", packed: "Bob|1.00" },
      { a: "BOB", b: "1.000", packed: "BOB|1.000" },
    ],
  },
  {
    title: "walks over a key that only its extension can order, into a column of the application's own type",
    table: "CREATE EXTENSION citext; CREATE TABLE t (id citext PRIMARY KEY, a text NOT NULL)",
    mapping: "{ table: t, key: id, old: a, new: { mood: required }, toNew: to_mood, toOld: to_text }",
    expand: "ALTER TABLE t ADD COLUMN mood mood;",
    sync: `CREATE FUNCTION to_mood(v text) RETURNS mood LANGUAGE sql IMMUTABLE RETURN CASE v WHEN 'good' THEN 'good' ELSE 'bad' END::mood;
           CREATE FUNCTION to_text(v mood) RETURNS text LANGUAGE sql IMMUTABLE RETURN v::text;`,
    contract: "ALTER TABLE t DROP COLUMN a;",
    rows: "INSERT INTO t SELECT CASE WHEN i % 2 = 0 THEN 'K' ELSE 'k' END || i, CASE WHEN i % 3 = 0 THEN 'good' ELSE 'bad' END FROM generate_series(1, 5000) AS i",
    key: "id",
    filled: "mood::text = a",
    oldWrite: "UPDATE t SET a = 'bad' WHERE id = 'k3'",
    newWrite: "UPDATE t SET mood = 'good' WHERE id = 'k3'",
    written: [
      { a: "bad", mood: "bad" },
      { a: "good", mood: "good" },
    ],
  },
];

describe("a mapping", () => {
  for (const kind of KINDS) {
    it(`${kind.title}: expanded, filled, undone, filled again, contracted, taken back and released again`, async function () {
      this.timeout(30_000);
      const bench = await ReleaseBench.create(folderOf(kind));
      try {
        await walkThrough(bench, kind);
      } finally {
        await bench.end();
      }
    });
  }

  async function walkThrough(bench: ReleaseBench, kind: Kind): Promise<void> {
    const { blue, green } = bench.database.roles;
    const release = { from: "0001-table", to: "0002-change" };
    if (kind.table.includes("EXTENSION")) await bench.query("CREATE EXTENSION citext");
    if (kind.expand.includes("mood")) await bench.query("CREATE TYPE mood AS ENUM ('bad', 'good')");
    await bench.reach("base", { to: "0001-table", first: true });
    await bench.query(kind.rows);
    const [table] = await bench.query<{ name: string }>(
      "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    const name = table?.name ?? "";
    const before = await bench.query(`SELECT * FROM ${name} ORDER BY ${kind.key}`);

    await bench.reach("expanded", release);
    const filled = await bench.reach("filled", release);
    expect(filled.facts).to.include({ rows: before.length, checkedRows: before.length });
    const wrong = await bench.query(`SELECT * FROM ${name} WHERE (${kind.filled}) IS NOT TRUE`);
    expect(wrong).to.deep.equal([]);

    await bench.reach("base", { to: "0001-table", from: "0001-table", vacate: green });
    expect(await bench.query(`SELECT * FROM ${name} ORDER BY ${kind.key}`)).to.deep.equal(before);

    await bench.reach("expanded", release);
    await bench.reach("filled", release);
    const [afterOld, afterNew] = kind.written;
    await (await bench.old()).query(kind.oldWrite);
    expect(await changedRow(bench, name, kind)).to.include(afterOld);
    await (await bench.new()).query(kind.newWrite);
    expect(await changedRow(bench, name, kind)).to.include(afterNew);

    const columns = await columnsOf(bench, name);
    const both = await bench.query(`SELECT * FROM ${name} ORDER BY ${kind.key}`);
    await bench.database.disconnect();
    await bench.reach("contracted", { ...release, vacate: blue });
    const [left] = await bench.query(`SELECT count(*)::int AS n FROM ${name}`);
    expect(left).to.deep.equal({ n: before.length });

    const back = { from: release.to, to: release.from };
    await bench.reach("expanded", back);
    await bench.reach("filled", back);
    expect(await bench.query(`SELECT * FROM ${name} ORDER BY ${kind.key}`)).to.deep.equal(both);
    expect(await columnsOf(bench, name)).to.deep.equal(columns);
    await (await bench.old()).query(kind.oldWrite);
    await bench.reach("verified", back);
    await (await bench.new()).query(kind.newWrite);
    expect(await changedRow(bench, name, kind)).to.include(afterNew);
    await bench.database.disconnect();
    await bench.reach("contracted", { ...back, vacate: green });
    expect((await changedRow(bench, name, kind)) as Record<string, unknown>).to.have.all.keys(
      Object.keys(before[0] ?? {}),
    );

    await bench.reach("expanded", release);
    const again = await bench.reach("filled", release);
    expect(again.facts).to.include({ checkedRows: before.length });
    expect(await changedRow(bench, name, kind)).to.include(afterNew);
  }

  /** Names and types, in no order: whether a value is required follows from the phase. */
  function columnsOf(bench: ReleaseBench, name: string): Promise<object[]> {
    return bench.query(
      "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname",
      [name],
    );
  }

  async function changedRow(bench: ReleaseBench, name: string, kind: Kind): Promise<object> {
    const condition = / WHERE .*$/.exec(kind.oldWrite)?.[0] ?? "";
    const [row] = await bench.query(`SELECT * FROM ${name} ${condition}`);
    return row ?? {};
  }

  function folderOf(kind: Kind): Folder {
    return {
      "0001-table": {
        "migration.yaml": "description: A table.",
        "expand.sql": kind.table.replace("CREATE EXTENSION citext; ", ""),
      },
      "0002-change": {
        "migration.yaml": `description: A change.\nmappings:\n  - ${kind.mapping}\n`,
        "expand.sql": kind.expand,
        "sync.sql": kind.sync,
        "contract.sql": kind.contract,
      },
    };
  }
});
