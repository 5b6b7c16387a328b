import { expect } from "chai";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/** Something that other people do to the table in the middle of a release, as superuser. */
interface Tampering {
  readonly title: string;
  readonly statement: string;
  /** What the stages on the way forward say. */
  readonly refusal: RegExp;
  /**
   * What puts it right, so that the release goes on; `%definition x` is what the ledger
   * recorded of x.
   */
  readonly remedy: readonly string[];
  /** Before it is filled, the expansion is repeated and makes it again. */
  readonly isMadeAgain?: true;
  /** Where an undo is refused too, as it could lose something; otherwise it goes through. */
  readonly alsoUndo?: true;
}

const LATER = `CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.old_name := upper(NEW.old_name); RETURN NEW; END';
  CREATE TRIGGER zzzz_shout BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION shout()`;
const ALWAYS =
  "ALTER TABLE item ENABLE ALWAYS TRIGGER zzz_zero_downtime_sync, ENABLE ALWAYS TRIGGER zzz_zero_downtime_sync_insert";

const TAMPERINGS: readonly Tampering[] = [
  {
    title: "forces row level security on the table",
    statement:
      "ALTER TABLE item ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON item USING (note = 'mine'); ALTER TABLE item FORCE ROW LEVEL SECURITY",
    refusal:
      /item forces row level security on its owner, .*: ALTER TABLE "item" NO FORCE ROW LEVEL SECURITY/,
    remedy: ["ALTER TABLE item NO FORCE ROW LEVEL SECURITY"],
    alsoUndo: true,
  },
  {
    title: "attaches the table as a partition",
    statement:
      "CREATE TABLE items (LIKE item) PARTITION BY RANGE (id); ALTER TABLE items ATTACH PARTITION item DEFAULT",
    refusal: /item must be an ordinary table: it is a partition of public\.items\./,
    remedy: ["ALTER TABLE items DETACH PARTITION item"],
    alsoUndo: true,
  },
  {
    title: "makes a child of the table",
    statement: "CREATE TABLE book (pages int) INHERITS (item)",
    refusal: /item must have no child tables, .*: public\.book inherits from it/,
    remedy: ["DROP TABLE book"],
    alsoUndo: true,
  },
  {
    title: "gives the table to another role",
    statement: "ALTER TABLE item OWNER TO postgres",
    refusal: /table item belongs to postgres/,
    remedy: ["ALTER TABLE item OWNER TO %owner"],
    alsoUndo: true,
  },
  {
    title: "disables and enables all triggers, as a restore does",
    statement: "ALTER TABLE item DISABLE TRIGGER ALL; ALTER TABLE item ENABLE TRIGGER ALL",
    refusal:
      /must be enabled ALWAYS: .* does not fire for logical replication and restores.* Run ALTER TABLE "item" ENABLE ALWAYS TRIGGER "zzz_zero_downtime_sync"/,
    remedy: [ALWAYS],
  },
  {
    title: "disables the triggers",
    statement: "ALTER TABLE item DISABLE TRIGGER ALL",
    refusal: /must be enabled ALWAYS: zzz_zero_downtime_sync is disabled/,
    remedy: [ALWAYS],
  },
  {
    title: "drops a trigger of ours",
    statement: "DROP TRIGGER zzz_zero_downtime_sync ON item",
    refusal:
      /trigger zzz_zero_downtime_sync of item, .*, is gone: run what SELECT text FROM zero_downtime\.definition WHERE name = 'zzz_zero_downtime_sync' shows/,
    remedy: ["%definition zzz_zero_downtime_sync"],
    isMadeAgain: true,
  },
  {
    title: "replaces the trigger by one that fires less often",
    statement:
      "CREATE OR REPLACE TRIGGER zzz_zero_downtime_sync BEFORE UPDATE OF old_name ON item FOR EACH ROW EXECUTE FUNCTION zero_downtime.sync_item(); ALTER TABLE item ENABLE ALWAYS TRIGGER zzz_zero_downtime_sync",
    refusal: /trigger zzz_zero_downtime_sync of item was changed since it was made/,
    remedy: ["DROP TRIGGER zzz_zero_downtime_sync ON item", "%definition zzz_zero_downtime_sync"],
  },
  {
    title: "replaces the body of the trigger's function",
    statement:
      "CREATE OR REPLACE FUNCTION zero_downtime.sync_item() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    refusal: /function zero_downtime\.sync_item\(\), which both forms rely on, was changed since it was made/,
    remedy: ["%definition sync_item()"],
    isMadeAgain: true,
  },
  {
    title: "replaces a function of the mapping",
    statement:
      "CREATE OR REPLACE FUNCTION zero_downtime_0002_change.there(v text) RETURNS text LANGUAGE sql VOLATILE RETURN upper(v)",
    refusal: /function zero_downtime_0002_change\.there\(v text\), which both forms rely on, was changed/,
    remedy: ["%definition there(v text)"],
  },
  {
    title: "adds a trigger that runs after ours",
    statement: LATER,
    refusal: /trigger zzzz_shout of item would run after the sync trigger/,
    remedy: ["DROP TRIGGER zzzz_shout ON item"],
  },
  {
    title: "sends updates elsewhere by a rule",
    statement: "CREATE RULE nowhere AS ON UPDATE TO item DO INSTEAD NOTHING",
    refusal: /rule nowhere of item does something else instead of UPDATE, .*: DROP RULE "nowhere" ON "item"/,
    remedy: ["DROP RULE nowhere ON item"],
  },
  {
    title: "changes the type of the old column",
    statement:
      "ALTER TABLE item DISABLE TRIGGER USER; DROP TRIGGER zzz_zero_downtime_sync ON item; ALTER TABLE item ALTER COLUMN old_name TYPE varchar(90)",
    refusal:
      /item\.old_name was text .* when 0002-change was expanded, and is character varying\(90\) .* now/,
    remedy: [
      "ALTER TABLE item ALTER COLUMN old_name TYPE text",
      "%definition zzz_zero_downtime_sync",
      ALWAYS,
    ],
  },
  {
    title: "lets the key be empty",
    statement:
      "ALTER TABLE item DROP CONSTRAINT item_pkey; ALTER TABLE item ALTER COLUMN id DROP NOT NULL; CREATE UNIQUE INDEX item_key ON item (id)",
    refusal: /item has no primary key/,
    remedy: ["DROP INDEX item_key; ALTER TABLE item ADD PRIMARY KEY (id)"],
    alsoUndo: true,
  },
  {
    title: "makes the triggers look away for everybody",
    statement: "ALTER ROLE %blue SET zero_downtime.backfill = 'on'",
    refusal:
      /ROLE \w+_blue sets zero_downtime\.backfill, .*: ALTER ROLE \w+_blue RESET zero_downtime\.backfill/,
    remedy: ["ALTER ROLE %blue RESET zero_downtime.backfill"],
  },
];

describe("when others change the catalog in the middle of a release", function () {
  this.timeout(120_000);
  let bench: ReleaseBench;
  const templates: string[] = [];

  before(async () => {
    bench = await ReleaseBench.create(
      renaming(
        {
          "migration.yaml":
            "description: Another name.\nmappings:\n  - { table: item, key: id, old: old_name, new: { new_name: optional }, toNew: there, toOld: back }",
        },
        "CREATE TABLE item (id int PRIMARY KEY, old_name text, note text);",
      ),
    );
    const keep = async (stage: string) => {
      templates.push(`${bench.database.name}_${stage}`);
      await bench.database.saveAs(`${bench.database.name}_${stage}`);
    };
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.query("INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, 50) AS i");
    await bench.reach("expanded", RELEASE);
    await keep("expanded");
    await bench.reach("filled", RELEASE);
    await bench.reach("verified", { ...RELEASE, record: "switched" });
    await keep("filled");
  });

  after(() => bench.end(...templates));

  const restored = (text: string) =>
    text.replaceAll("%owner", bench.database.roles.owner).replaceAll("%blue", bench.database.roles.blue);

  const run = async (text: string) => {
    const name = /^%definition (.*)$/.exec(text)?.[1];
    if (name === undefined) return void (await bench.query(restored(text)));
    const [row] = await bench.query<{ kind: string; text: string }>(
      "SELECT kind, text FROM zero_downtime.definition WHERE name = $1",
      [name],
    );
    await bench.query(row?.text ?? "");
    if (row?.kind === "trigger") await bench.query(`ALTER TABLE item ENABLE ALWAYS TRIGGER ${name}`);
  };

  const archived = () => bench.query("SELECT count(*)::int AS n FROM zero_downtime.old_0002_change_item");

  const rows = async () =>
    (
      await bench.query<{ n: number }>("SELECT count(*)::int AS n FROM item WHERE old_name = 'name ' || id")
    )[0]?.n;

  for (const { title, statement, refusal, remedy, isMadeAgain, alsoUndo } of TAMPERINGS) {
    it(`and somebody ${title}: no stage goes on, nothing is lost, and the remedy helps`, async () => {
      const { blue, green } = bench.database.roles;
      const contract = { ...RELEASE, vacate: blue };
      await bench.database.resetTo(templates[0] ?? "");
      await run(statement);
      if (isMadeAgain) {
        bench.lines.length = 0;
        await bench.reach("filled", RELEASE);
        expect(bench.lines.join("\n")).to.match(
          /this was done before and is not as it was made, so it is done again/,
        );
      } else expect(await bench.refused({ goal: "filled", ...RELEASE }), "filled").to.match(refusal);
      await bench.database.resetTo(templates[1] ?? "");
      await run(statement);
      for (const goal of ["verified", "intact", "contractible", "contracted"] as const)
        expect(await bench.refused({ goal, ...contract }), goal).to.match(refusal);
      const undo = { goal: "base", from: RELEASE.from, to: RELEASE.from, vacate: green } as const;
      if (alsoUndo) expect(await bench.refused(undo), "undo").to.match(refusal);
      expect(await rows()).to.equal(50);
      for (const part of remedy) await run(part);
      await bench.reach("intact", RELEASE);
      await bench.reach("contracted", contract);
      expect(await archived()).to.deep.equal([{ n: 50 }]);
    });
  }

  for (const { title, statement } of TAMPERINGS.filter(({ isMadeAgain }) => isMadeAgain))
    it(`and somebody ${title} before the fill: what was not carried over meanwhile is filled or refused`, async () => {
      await bench.database.resetTo(templates[0] ?? "");
      await run(statement);
      const old = await bench.old();
      await old.query("INSERT INTO item (id, old_name) VALUES (51, 'name 51')");
      await bench.database.disconnect();
      await bench.reach("filled", RELEASE);
      expect(await bench.query("SELECT new_name FROM item WHERE id = 51")).to.deep.equal([
        { new_name: "name 51" },
      ]);
      await bench.database.resetTo(templates[0] ?? "");
      const late = await bench.old();
      // Carried over by the trigger, and changed without it.
      await late.query("UPDATE item SET old_name = 'first' WHERE id = 7");
      await run(statement);
      await late.query("UPDATE item SET old_name = 'second' WHERE id = 7");
      await bench.database.disconnect();
      expect(await bench.refused({ goal: "filled", ...RELEASE })).to.match(
        /both forms of every row must agree: 1 of 50 rows of item differ, such as those with id 7\./,
      );
      await bench.query("UPDATE item SET old_name = 'third' WHERE id = 7");
      await bench.reach("filled", RELEASE);
      expect(await bench.query("SELECT new_name FROM item WHERE id = 7")).to.deep.equal([
        { new_name: "third" },
      ]);
    });

  it("and somebody adds a policy that does not bind the owner: every row is carried over and archived", async () => {
    const policy =
      "ALTER TABLE item ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON item USING (note = 'mine')";
    const contract = { ...RELEASE, vacate: bench.database.roles.blue };
    for (const template of templates) {
      await bench.database.resetTo(template);
      await run(policy);
      await bench.reach("filled", RELEASE);
      await bench.reach("contracted", contract);
      expect(await bench.query("SELECT count(new_name)::int AS n FROM item")).to.deep.equal([{ n: 50 }]);
      expect(await archived()).to.deep.equal([{ n: 50 }]);
    }
  });

  it("and somebody adds a policy of the old column: contract is refused in words, and goes on without it", async () => {
    const contract = { ...RELEASE, vacate: bench.database.roles.blue };
    await bench.database.resetTo(templates[1] ?? "");
    await run("ALTER TABLE item ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON item USING (old_name <> '')");
    for (const goal of ["contractible", "contracted"] as const)
      expect(await bench.refused({ goal, ...contract }), goal).to.match(/^Cannot .*policy own/);
    expect(await rows()).to.equal(50);
    await run("DROP POLICY own ON item");
    await bench.reach("contracted", contract);
    expect(await archived()).to.deep.equal([{ n: 50 }]);
  });
});
