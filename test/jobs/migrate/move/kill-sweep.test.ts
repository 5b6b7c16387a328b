import { expect } from "chai";
import { endsTheSameWhereverKilled, ledgerLine, type Sweep } from "../../../support/postgres/kill-sweep.ts";
import { MOVE, MOVE_BACK, moving } from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";

const TEMPLATES = ["base", "expanded", "filled", "contracted", "back_expanded", "back_filled"] as const;

describe("migrate, killed after any statement of a move and repeated", function () {
  this.timeout(480_000);
  let bench: ReleaseBench;

  const save = (template: (typeof TEMPLATES)[number]) =>
    bench.database.saveAs(`${bench.database.name}_${template}`);

  before(async () => {
    bench = await ReleaseBench.create(
      moving({
        "contract.sql":
          "ALTER TABLE person DROP COLUMN street, DROP COLUMN city; CREATE INDEX CONCURRENTLY by_city ON person_address (city);",
      }),
    );
    const { blue } = bench.database.roles;
    await bench.reach("base", { to: MOVE.from, first: true });
    await bench.query(
      "INSERT INTO person (name, street, city) SELECT 'row ' || i, CASE WHEN i % 3 > 0 THEN 'Street ' || i END, CASE WHEN i % 2 > 0 THEN 'City' END FROM generate_series(1, 60) AS i",
    );
    await save("base");
    await bench.reach("expanded", MOVE);
    await save("expanded");
    await bench.reach("filled", MOVE);
    await bench.query(
      "UPDATE person_address SET checked = true, city = 'Far' WHERE person_id = (SELECT id FROM person WHERE name = 'row 7')",
    );
    await save("filled");
    await bench.reach("contracted", { ...MOVE, vacate: blue });
    await bench.query(
      "UPDATE person_address SET city = 'Elsewhere' WHERE person_id = (SELECT id FROM person WHERE name = 'row 8')",
    );
    await save("contracted");
    await bench.reach("expanded", MOVE_BACK);
    await save("back_expanded");
    await bench.reach("filled", MOVE_BACK);
    await bench.query("UPDATE person SET street = 'Odd' WHERE name = 'row 9'");
    await save("back_filled");
  });

  after(() => bench.end(...TEMPLATES.map((template) => `${bench.database.name}_${template}`)));

  const undoing = (to: string, vacate: string) => ({ goal: "base", from: to, to, vacate }) as const;
  const ways: readonly (readonly [
    title: string,
    template: (typeof TEMPLATES)[number],
    parts: () => Sweep["parts"],
  ])[] = [
    ["expands", "base", () => ({ goal: "expanded", ...MOVE })],
    ["fills", "expanded", () => ({ goal: "filled", ...MOVE })],
    ["undoes", "filled", () => undoing(MOVE.from, bench.database.roles.green)],
    ["contracts", "filled", () => ({ goal: "contracted", ...MOVE, vacate: bench.database.roles.blue })],
    ["expands the way back", "contracted", () => ({ goal: "expanded", ...MOVE_BACK })],
    ["fills the way back", "back_expanded", () => ({ goal: "filled", ...MOVE_BACK })],
    ["undoes the way back", "back_filled", () => undoing(MOVE.to, bench.database.roles.blue)],
    [
      "ends the way back",
      "back_filled",
      () => ({ goal: "contracted", ...MOVE_BACK, vacate: bench.database.roles.green }),
    ],
  ];

  for (const [title, template, parts] of ways) {
    it(`${title} to the same end, and fails no write on the way`, () =>
      endsTheSameWhereverKilled(bench, {
        template,
        parts: parts(),
        state,
        write: (moment) => write(moment, title.includes("way back") ? "new" : "old"),
      }));
  }

  /**
   * Writes in every form that is there at that moment, each in its own table, and takes
   * it away again.
   */
  async function write(moment: string, serving: "old" | "new"): Promise<void> {
    const [there] = await bench.query<{ old: boolean; new: boolean; triggers: number }>(
      "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'person'::regclass AND attname = 'street' AND NOT attisdropped) AS old, to_regclass('person_address') IS NOT NULL AS new, (SELECT count(*)::int FROM pg_trigger WHERE NOT tgisinternal) AS triggers",
    );
    if (there === undefined) return;
    const isSynced = there.triggers > 0;
    const failed = (error: unknown) => expect.fail(`${moment}, a write failed: ${String(error)}`);
    const may = (form: "old" | "new") =>
      there[form] && (isSynced || form === serving || !(there.old && there.new));
    if (may("old")) {
      const old = await bench.old();
      await old.query("INSERT INTO person (name, street) VALUES ('probe', 'Probe 1')").catch(failed);
      await old.query("UPDATE person SET street = 'Probe 2' WHERE name = 'probe'").catch(failed);
      await old.query("UPDATE person SET name = name WHERE name = 'row 9'").catch(failed);
      if (isSynced) {
        const [carried] = await bench.query(
          "SELECT o.street FROM person_address AS o JOIN person ON id = person_id WHERE name = 'probe'",
        );
        expect(carried, moment).to.deep.equal({ street: "Probe 2" });
      }
      await old.query("DELETE FROM person WHERE name = 'probe'").catch(failed);
    }
    if (may("new")) {
      const fresh = await bench.new();
      await fresh.query("INSERT INTO person (name) VALUES ('probe')").catch(failed);
      await fresh
        .query(
          "INSERT INTO person_address (person_id, city) SELECT id, 'Probe' FROM person WHERE name = 'probe'",
        )
        .catch(failed);
      await fresh.query("UPDATE person_address SET city = 'Probe 3' WHERE city = 'Probe'").catch(failed);
      if (isSynced) {
        const [carried] = await bench.query("SELECT city FROM person WHERE name = 'probe'");
        expect(carried, moment).to.deep.equal({ city: "Probe 3" });
      }
      await fresh.query("DELETE FROM person_address WHERE city = 'Probe 3'").catch(failed);
      await fresh.query("DELETE FROM person WHERE name = 'probe'").catch(failed);
    }
  }

  async function state(): Promise<string> {
    const tables = await bench.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public' OR (schemaname = 'zero_downtime' AND tablename ~ '^(old|new)_') ORDER BY 1",
    );
    const data = [];
    for (const { name } of tables) {
      const rows = await bench.query(`SELECT to_jsonb(r) AS row FROM ${name} AS r ORDER BY 1`);
      data.push(`${name}: ${JSON.stringify(rows)}`);
    }
    return [await schemaDump(bench.database), ...data, await ledgerLine(bench)].join("\n");
  }
});
