import { expect } from "chai";
import { ReleaseBench, type Folder } from "../../support/postgres/release-bench.ts";
import { schemaDump } from "../../support/postgres/schema-dump.ts";

const upper = (name: string) =>
  `CREATE FUNCTION ${name}(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper(v);\n`;
const lower = (name: string) =>
  `CREATE FUNCTION ${name}(v text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower(v);\n`;

const FOLDER: Folder = {
  "0001-tables": {
    "migration.yaml": "description: Two tables.",
    "expand.sql": `CREATE TABLE a (id int PRIMARY KEY, p text NOT NULL, q text NOT NULL, r text NOT NULL);
                   CREATE TABLE b (id int PRIMARY KEY, s text NOT NULL);`,
  },
  "0002-several": {
    "migration.yaml": `description: Three mappings, two of them of one table.
mappings:
  - { table: a, key: id, old: p, new: { p2: required }, toNew: p_up, toOld: p_down }
  - { table: a, key: id, old: q, new: { q2: optional }, toNew: q_up, toOld: q_down }
  - { table: b, key: id, old: s, new: { s2: required }, toNew: s_up, toOld: s_down }
`,
    "expand.sql": `ALTER TABLE a ADD COLUMN p2 text; ALTER TABLE a ADD COLUMN q2 text; ALTER TABLE b ADD COLUMN s2 text;
                   CREATE INDEX CONCURRENTLY a_p2 ON a (p2); CREATE TABLE c (id int PRIMARY KEY, note text);`,
    "sync.sql":
      upper("p_up") +
      lower("p_down") +
      upper("q_up") +
      lower("q_down").replace("lower(v)", "coalesce(lower(v), '')") +
      upper("s_up") +
      lower("s_down"),
    "contract.sql": "ALTER TABLE a DROP COLUMN p, DROP COLUMN q; ALTER TABLE b DROP COLUMN s;",
  },
  "0003-another": {
    "migration.yaml": `description: One more of the same table.
mappings:
  - { table: a, key: id, old: r, new: { r2: required }, toNew: r_up, toOld: r_down }
`,
    "expand.sql":
      "ALTER TABLE a ADD COLUMN r2 text, ADD COLUMN extra int DEFAULT 7; CREATE INDEX CONCURRENTLY b_s ON b (s);",
    "sync.sql": upper("r_up") + lower("r_down"),
    "contract.sql": "ALTER TABLE a DROP COLUMN r;",
  },
};

const RELEASE = { from: "0001-tables", to: "0003-another" };

describe("a release of several migrations with several mappings", () => {
  let bench: ReleaseBench;
  const a = async () => (await bench.query("SELECT * FROM a WHERE id = 1"))[0];

  before(async () => {
    bench = await ReleaseBench.create(FOLDER);
    await bench.reach("base", { to: "0001-tables", first: true });
    await bench.query(
      "INSERT INTO a SELECT i, 'p' || i, 'q' || i, 'r' || i FROM generate_series(1, 200) AS i",
    );
    await bench.query("INSERT INTO b SELECT i, 's' || i FROM generate_series(1, 100) AS i");
  });

  after(() => bench.end());

  it("is expanded in order, with one pair of triggers a table", async () => {
    await bench.reach("expanded", RELEASE);
    const triggers = await bench.query(
      "SELECT tgrelid::regclass::text AS t FROM pg_trigger WHERE tgname LIKE 'zzz%' ORDER BY 1",
    );
    expect(triggers).to.deep.equal(["a", "a", "b", "b"].map((t) => ({ t })));
    await (await bench.old()).query("UPDATE a SET p = 'x', q = 'y', r = 'z' WHERE id = 1");
    expect(await a()).to.deep.equal({ id: 1, p: "x", q: "y", r: "z", p2: "X", q2: "Y", r2: "Z", extra: 7 });
    await (await bench.new()).query("UPDATE a SET p2 = 'PP', r2 = 'RR' WHERE id = 1");
    expect(await a()).to.include({ p: "pp", q: "y", r: "rr", q2: "Y" });
  });

  it("is filled as a whole", async () => {
    const result = await bench.reach("filled", RELEASE);
    expect(result.facts).to.include({ rows: 199 + 199 + 100 + 199, checkedRows: 200 + 200 + 100 + 200 });
    expect(
      await bench.query("SELECT id FROM a WHERE p2 <> upper(p) OR q2 <> upper(q) OR r2 <> upper(r)"),
    ).to.deep.equal([]);
  });

  it("is undone the last first, each leaving what the others need", async () => {
    await (await bench.new()).query("UPDATE a SET extra = 8 WHERE id = 5");
    await (await bench.new()).query("INSERT INTO c VALUES (1, 'kept')");
    await bench.database.disconnect();
    const order: string[] = [];
    await bench.reach(
      "base",
      { from: "0001-tables", to: "0001-tables", vacate: bench.database.roles.green },
      {
        observe: (moment, text) =>
          void (
            moment === "after" &&
            /CREATE OR REPLACE|DROP TRIGGER/.test(text) &&
            order.push(text.replaceAll('"', "").split(/ BEFORE|\(\)/)[0] ?? "")
          ),
      },
    );
    // The triggers of a lose one mapping, then go; those of b go.
    const pair = ["zzz_zero_downtime_sync", "zzz_zero_downtime_sync_insert"];
    expect(order).to.deep.equal([
      "CREATE OR REPLACE FUNCTION zero_downtime.sync_a",
      ...pair.toReversed().map((name) => `CREATE OR REPLACE TRIGGER ${name}`),
      ...["a", "b"].flatMap((table) =>
        pair.map((name) => `DROP TRIGGER IF EXISTS ${name} ON public.${table}`),
      ),
    ]);
    expect(await a()).to.deep.equal({ id: 1, p: "pp", q: "y", r: "rr" });
    expect(await schemaDump(bench.database)).not.to.match(/^(trigger|function|index .*(a_p2|b_s))/m);
  });

  it("keeps what the new version wrote where no mapping knows it", async () => {
    expect(await bench.query("SELECT * FROM zero_downtime.new_0003_another_a_columns")).to.deep.equal([
      { id: 5, extra: 8 },
    ]);
    expect(await bench.query("SELECT * FROM zero_downtime.new_0002_several_c_rows")).to.deep.equal([
      { id: 1, note: "kept" },
    ]);
  });

  it("is contracted in order", async () => {
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    await bench.reach("contracted", { ...RELEASE, vacate: bench.database.roles.blue });
    expect(await a()).to.deep.equal({ id: 1, p2: "PP", q2: "Y", r2: "RR", extra: 7 });
    const [kept] = await bench.query(
      "SELECT (SELECT count(*) FROM zero_downtime.old_0002_several_a)::int AS p, (SELECT count(*) FROM zero_downtime.old_0002_several_a_2)::int AS q, (SELECT count(*) FROM zero_downtime.old_0003_another_a)::int AS r",
    );
    expect(kept).to.deep.equal({ p: 200, q: 200, r: 200 });
  });

  it("is taken back in one release, the last first, with the values of both versions", async () => {
    const back = { from: RELEASE.to, to: RELEASE.from };
    await bench.reach("expanded", back);
    const states = await bench.query(
      "SELECT id FROM zero_downtime.migration WHERE state = 'expanded' ORDER BY at",
    );
    expect(states).to.deep.equal([{ id: "0003-another.restore" }, { id: "0002-several.restore" }]);
    await bench.reach("filled", back);
    await (await bench.old()).query("UPDATE a SET p = 'old', r = 'rr' WHERE id = 2");
    await (await bench.new()).query("UPDATE a SET q2 = 'NEW' WHERE id = 2");
    const [second] = await bench.query("SELECT * FROM a WHERE id = 2");
    expect(second).to.include({ p: "old", p2: "OLD", q: "new", q2: "NEW", r: "rr", r2: "RR" });
    await bench.database.disconnect();
    await bench.reach("verified", { ...back, record: "switched" });
    await bench.reach("contractible", { ...back, vacate: bench.database.roles.green });
    await bench.reach("contracted", { ...back, vacate: bench.database.roles.green });
    expect(await bench.query("SELECT * FROM a WHERE id < 3 ORDER BY id")).to.deep.equal([
      { id: 1, p: "pp", q: "y", r: "rr" },
      { id: 2, p: "old", q: "new", r: "rr" },
    ]);
    expect(await bench.query("SELECT id FROM zero_downtime.migration")).to.deep.equal([
      { id: "0001-tables" },
    ]);
    expect(await bench.query("SELECT to_regclass('c') AS c")).to.deep.equal([{ c: null }]);
  });
});

describe("a release whose later migration maps what an earlier one adds", () => {
  it("is refused, and what the earlier one added is taken away again", async () => {
    const bench = await ReleaseBench.create({
      "0001-table": {
        "migration.yaml": "description: x",
        "expand.sql": "CREATE TABLE a (id int PRIMARY KEY, p text NOT NULL);",
      },
      "0002-first": {
        "migration.yaml":
          "description: x\nmappings:\n  - { table: a, key: id, old: p, new: { p2: required }, toNew: up, toOld: down }",
        "expand.sql": "ALTER TABLE a ADD COLUMN p2 text;",
        "sync.sql": upper("up") + lower("down"),
        "contract.sql": "ALTER TABLE a DROP COLUMN p;",
      },
      "0003-second": {
        "migration.yaml":
          "description: x\nmappings:\n  - { table: a, key: id, old: p2, new: { p3: required }, toNew: up, toOld: down }",
        "expand.sql": "ALTER TABLE a ADD COLUMN p3 text;",
        "sync.sql": upper("up") + lower("down"),
        "contract.sql": "ALTER TABLE a DROP COLUMN p2;",
      },
    });
    try {
      await bench.reach("base", { to: "0001-table", first: true });
      const before = await schemaDump(bench.database);
      const reason = await bench.refused({ goal: "expanded", from: "0001-table", to: "0003-second" });
      expect(reason).to.match(/a\.p2 is added by 0002-first, which is not finished: release that one first/);
      expect(await schemaDump(bench.database)).to.equal(before);
    } finally {
      await bench.end();
    }
  });
});

describe("a way back over a migration that maps what another adds", () => {
  it("is refused in one release, and goes one migration at a time", async () => {
    const step = (old: string, fresh: string) => ({
      "migration.yaml": `description: x\nmappings:\n  - { table: a, key: id, old: ${old}, new: { ${fresh}: required }, toNew: up, toOld: down }`,
      "expand.sql": `ALTER TABLE a ADD COLUMN ${fresh} text;`,
      "sync.sql": upper("up") + lower("down"),
      "contract.sql": `ALTER TABLE a DROP COLUMN ${old};`,
    });
    const bench = await ReleaseBench.create({
      "0001-table": {
        "migration.yaml": "description: x",
        "expand.sql": "CREATE TABLE a (id int PRIMARY KEY, p text NOT NULL);",
      },
      "0002-first": step("p", "p2"),
      "0003-second": step("p2", "p3"),
    });
    try {
      await bench.reach("base", { to: "0003-second", first: true });
      await bench.query("INSERT INTO a VALUES (1, 'X')");
      const before = await schemaDump(bench.database);
      const reason = await bench.refused({ goal: "expanded", from: "0003-second", to: "0001-table" });
      expect(reason).to.match(
        /a\.p2 is added by 0003-second\.restore, which is not finished: release that one first/,
      );
      expect(await schemaDump(bench.database)).to.equal(before);
      for (const [from, to] of [
        ["0003-second", "0002-first"],
        ["0002-first", "0001-table"],
      ] as const) {
        await bench.reach("expanded", { from, to });
        await bench.reach("filled", { from, to });
        await bench.reach("contracted", { from, to });
      }
      expect(await bench.query("SELECT * FROM a")).to.deep.equal([{ id: 1, p: "x" }]);
    } finally {
      await bench.end();
    }
  });
});

describe("a release of two migrations that map the same column", () => {
  it("is refused, as the first would drop what the second needs, and nothing is left of either", async () => {
    const mapping = (column: string) =>
      `description: x\nmappings:\n  - { table: a, key: id, old: p, new: { ${column}: required }, toNew: up, toOld: down }`;
    const migration = (column: string) => ({
      "migration.yaml": mapping(column),
      "expand.sql": `ALTER TABLE a ADD COLUMN ${column} text;`,
      "sync.sql": upper("up") + lower("down"),
      "contract.sql": "ALTER TABLE a DROP COLUMN p;",
    });
    const bench = await ReleaseBench.create({
      "0001-table": {
        "migration.yaml": "description: x",
        "expand.sql": "CREATE TABLE a (id int PRIMARY KEY, p text NOT NULL);",
      },
      "0002-first": migration("p2"),
      "0003-second": migration("p3"),
    });
    try {
      await bench.reach("base", { to: "0001-table", first: true });
      const before = await schemaDump(bench.database);
      const reason = await bench.refused({ goal: "expanded", from: "0001-table", to: "0003-second" });
      expect(reason).to.match(/a\.p is mapped by 0002-first too, which is not finished and will drop it/);
      expect(await schemaDump(bench.database)).to.equal(before);
    } finally {
      await bench.end();
    }
  });
});
