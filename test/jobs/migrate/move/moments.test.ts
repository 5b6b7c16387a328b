import { expect } from "chai";
import {
  MOVE,
  MOVE_BACK,
  MOVE_NAMES,
  moving,
  movingNames,
} from "../../../support/postgres/table-move-fixture.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { schemaDump } from "../../../support/postgres/schema-dump.ts";

describe("columns that move to another table", function () {
  this.timeout(30_000);
  let bench: ReleaseBench;

  const both = async (name: string) =>
    (
      await bench.query(
        "SELECT t.street AS old_street, t.city AS old_city, o.person_id IS NOT NULL AS is_there, o.street, o.city, o.checked FROM person AS t LEFT JOIN person_address AS o ON o.person_id = t.id WHERE t.name = $1",
        [name],
      )
    )[0];
  const home = (street: string | null, city: string | null, checked = false) => ({
    old_street: street,
    old_city: city,
    is_there: true,
    street,
    city,
    checked,
  });
  const homeless = {
    old_street: null,
    old_city: null,
    is_there: false,
    street: null,
    city: null,
    checked: null,
  };
  const idOf = async (name: string) =>
    (await bench.query<{ id: string }>("SELECT id FROM person WHERE name = $1", [name]))[0]?.id;

  before(async () => {
    bench = await ReleaseBench.create(moving());
    await bench.reach("base", { to: MOVE.from, first: true });
    await bench.query(
      "INSERT INTO person (name, street, city) SELECT 'row ' || i, CASE WHEN i % 3 > 0 THEN 'Street ' || i END, CASE WHEN i % 3 > 1 THEN 'City' END FROM generate_series(1, 3000) AS i",
    );
  });

  after(() => bench.end());

  it("are kept in step once expanded, and what nobody writes is left to the backfill", async () => {
    await bench.reach("expanded", MOVE);
    const old = await bench.old();
    await old.query("INSERT INTO person (name, street) VALUES ('a', 'Elm 1')");
    await old.query("UPDATE person SET city = 'Town' WHERE name = 'row 1'");
    await old.query("UPDATE person SET street = NULL WHERE name = 'row 4'");
    expect(await both("a")).to.deep.equal(home("Elm 1", null));
    expect(await both("row 1")).to.deep.equal(home("Street 1", "Town"));
    expect(await both("row 4")).to.deep.equal(homeless);
    expect(await both("row 2")).to.deep.equal({ ...homeless, old_street: "Street 2", old_city: "City" });
  });

  it("change nothing when expanded again", async () => {
    const dump = await schemaDump(bench.database);
    const again = await bench.reach("expanded", MOVE);
    expect(again.facts).to.include({ statements: 0 });
    expect(await schemaDump(bench.database)).to.equal(dump);
  });

  it("have every trigger again that was dropped once the stage is repeated", async () => {
    const dump = await schemaDump(bench.database);
    for (const [table, role] of [
      ["person", "carry"],
      ["person", "settle"],
      ["person_address", "return"],
    ] as const) {
      await bench.query(`DROP TRIGGER zzz_zero_downtime_${role}_person_address ON ${table}`);
      expect(await schemaDump(bench.database)).not.to.equal(dump);
      const again = await bench.reach("expanded", MOVE);
      expect(again.facts).to.include({ statements: 1 });
      expect(await schemaDump(bench.database)).to.equal(dump);
    }
  });

  it("are all there once filled, in a row only for those that have any", async () => {
    const result = await bench.reach("filled", MOVE);
    expect(result.facts).to.include({ rows: 1998, checkedRows: 3001 });
    const [counted] = await bench.query(
      "SELECT count(*)::int AS rows, count(*) FILTER (WHERE t.street IS DISTINCT FROM o.street OR t.city IS DISTINCT FROM o.city)::int AS wrong, count(*) FILTER (WHERE o.person_id IS NOT NULL)::int AS there FROM person AS t LEFT JOIN person_address AS o ON o.person_id = t.id",
    );
    expect(counted).to.deep.equal({ rows: 3001, wrong: 0, there: 2000 });
  });

  it("take what the new version inserts, updates and deletes in its table back to the old one", async () => {
    const fresh = await bench.new();
    await fresh.query("BEGIN");
    await fresh.query("INSERT INTO person (name) VALUES ('b')");
    await fresh.query(
      "INSERT INTO person_address (person_id, street, city, checked) SELECT id, 'Oak 2', 'Town', true FROM person WHERE name = 'b'",
    );
    await fresh.query("COMMIT");
    expect(await both("b")).to.deep.equal(home("Oak 2", "Town", true));
    const id = await idOf("b");
    await fresh.query("UPDATE person_address SET city = NULL WHERE person_id = $1", [id]);
    expect(await both("b")).to.deep.equal(home("Oak 2", null, true));
    await fresh.query("DELETE FROM person_address WHERE person_id = $1", [id]);
    expect(await both("b")).to.deep.equal(homeless);
    await fresh.query("INSERT INTO person_address (person_id, city) VALUES ($1, 'Port')", [id]);
    expect(await both("b")).to.deep.equal(home(null, "Port"));
    await fresh.query("UPDATE person_address SET city = NULL WHERE person_id = $1", [id]);
    expect(await both("b")).to.deep.equal(home(null, null));
  });

  it("follow a row of the new version that is given to another one", async () => {
    const fresh = await bench.new();
    await fresh.query("INSERT INTO person (name) VALUES ('from'), ('to')");
    await fresh.query("INSERT INTO person_address (person_id, city) VALUES ($1, 'Port')", [
      await idOf("from"),
    ]);
    await fresh.query("UPDATE person_address SET person_id = $2 WHERE person_id = $1", [
      await idOf("from"),
      await idOf("to"),
    ]);
    expect(await both("from")).to.deep.equal(homeless);
    expect(await both("to")).to.deep.equal(home(null, "Port"));
  });

  it("go with the row that the old version deletes", async () => {
    const old = await bench.old();
    const id = await idOf("row 1");
    await old.query("DELETE FROM person WHERE id = $1", [id]);
    expect(await bench.query("SELECT FROM person_address WHERE person_id = $1", [id])).to.have.length(0);
  });

  it("are compared row by row, and those that differ are named", async () => {
    await bench.query("SET session_replication_role = replica");
    await bench.query("ALTER TABLE person_address DISABLE TRIGGER USER");
    const id = await idOf("row 2");
    await bench.query("UPDATE person_address SET city = 'Nowhere' WHERE person_id = $1", [id]);
    await bench.query("RESET session_replication_role");
    for (const role of ["meet", "return", "change", "empty"])
      await bench.query(
        `ALTER TABLE person_address ENABLE ALWAYS TRIGGER zzz_zero_downtime_${role}_person_address`,
      );
    expect(await bench.refused({ goal: "verified", ...MOVE })).to.match(
      new RegExp(
        `1 of 3003 rows of person differ, such as those with id ${id ?? ""}\\. Somebody wrote them past the triggers that keep person and person_address in step`,
      ),
    );
    await bench.query("UPDATE person_address SET city = 'City' WHERE person_id = $1", [id]);
    await bench.reach("verified", MOVE);
  });

  it("keep what would not survive when the expansion is undone, and have it back when it is made again", async () => {
    const { green } = bench.database.roles;
    const fresh = await bench.new();
    await fresh.query("UPDATE person_address SET checked = true WHERE person_id = $1", [await idOf("row 5")]);
    await bench.database.disconnect();
    await bench.reach("base", { from: MOVE.from, to: MOVE.from, vacate: green });
    const dump = await schemaDump(bench.database);
    expect(dump).not.to.match(/^(table|column|constraint) (public\.)?person_address/m);
    expect(dump).not.to.match(/^(trigger|function)/m);
    const old = await bench.old();
    await old.query("UPDATE person SET city = 'Elsewhere' WHERE name = 'row 8'");
    await bench.reach("expanded", MOVE);
    await bench.reach("filled", MOVE);
    expect(await both("row 5")).to.deep.equal(home("Street 5", "City", true));
    expect(await both("row 8")).to.deep.equal(home("Street 8", "Elsewhere"));
  });

  it("are archived and gone from the old table once contracted", async () => {
    const { blue } = bench.database.roles;
    await bench.database.disconnect();
    await bench.reach("contracted", { ...MOVE, vacate: blue });
    expect(await schemaDump(bench.database)).not.to.match(/^(trigger|function)/m);
    const fresh = await bench.new();
    await fresh.query("UPDATE person_address SET city = 'Far' WHERE person_id = $1", [await idOf("row 11")]);
    const columns = await bench.query(
      "SELECT attname FROM pg_attribute WHERE attrelid = 'person'::regclass AND attnum > 0 AND NOT attisdropped",
    );
    expect(columns).to.deep.equal([{ attname: "id" }, { attname: "name" }]);
    const [kept] = await bench.query(
      "SELECT street, city FROM zero_downtime.old_0002_address_person AS kept JOIN person USING (id) WHERE name = 'row 11'",
    );
    expect(kept).to.deep.equal({ street: "Street 11", city: "City" });
  });

  it("come back to the old table, are in step with the new one, and the new one goes", async () => {
    const { green } = bench.database.roles;
    await bench.database.disconnect();
    await bench.reach("expanded", MOVE_BACK);
    const fresh = await bench.new();
    await fresh.query("UPDATE person_address SET city = 'Away' WHERE person_id = $1", [await idOf("row 14")]);
    expect(await both("row 14")).to.deep.equal(home("Street 14", "Away"));
    await bench.reach("filled", MOVE_BACK);
    expect(await both("row 11")).to.deep.equal(home("Street 11", "Far"));
    const old = await bench.old();
    await old.query("UPDATE person SET street = 'Old 3' WHERE name = 'row 3'");
    expect(await both("row 3")).to.deep.equal(home("Old 3", null));
    await old.query("UPDATE person SET street = NULL WHERE name = 'row 3'");
    expect(await both("row 3")).to.deep.equal(homeless);
    await fresh.query("DELETE FROM person_address WHERE person_id = $1", [await idOf("row 14")]);
    expect(await both("row 14")).to.deep.equal(homeless);
    await bench.reach("verified", MOVE_BACK);
    await bench.database.disconnect();
    await bench.reach("contracted", { ...MOVE_BACK, vacate: green });
    const dump = await schemaDump(bench.database);
    expect(dump).not.to.match(/^table public\.person_address/m);
    expect(dump).not.to.match(/^(trigger|function)/m);
    expect((await bench.query("SELECT street, city FROM person WHERE name = 'row 11'"))[0]).to.deep.equal({
      street: "Street 11",
      city: "Far",
    });
  });

  it("are released once more, with what the way back had archived", async () => {
    await bench.reach("expanded", MOVE);
    await bench.reach("filled", MOVE);
    expect(await both("row 5")).to.deep.equal(home("Street 5", "City", true));
    expect(await both("row 3")).to.deep.equal(homeless);
  });
});

describe("a row of the new table whose moved columns are all empty", function () {
  this.timeout(30_000);

  const filled = async () => {
    const bench = await ReleaseBench.create(moving());
    await bench.reach("base", { to: MOVE.from, first: true });
    await bench.query("INSERT INTO person (name) VALUES ('a'), ('b'), ('c'), ('none')");
    await bench.reach("expanded", MOVE);
    await bench.reach("filled", MOVE);
    const fresh = await bench.new();
    await fresh.query(
      "INSERT INTO person_address (person_id, checked) SELECT id, name <> 'b' FROM person WHERE name <> 'none'",
    );
    return bench;
  };
  const rows = (bench: ReleaseBench) =>
    bench.query(
      "SELECT name, o.street, o.city, checked FROM person JOIN person_address AS o ON person_id = id ORDER BY name",
    );
  const empty = (name: string, checked: boolean) => ({ name, street: null, city: null, checked });

  it("is there again after an undo, unless the old version has given it values", async () => {
    const bench = await filled();
    try {
      await bench.database.disconnect();
      await bench.reach("base", { from: MOVE.from, to: MOVE.from, vacate: bench.database.roles.green });
      await (await bench.old()).query("UPDATE person SET city = 'Town' WHERE name = 'c'");
      await bench.reach("expanded", MOVE);
      await bench.reach("filled", MOVE);
      expect(await rows(bench)).to.deep.equal([
        empty("a", true),
        empty("b", false),
        { ...empty("c", true), city: "Town" },
      ]);
    } finally {
      await bench.end();
    }
  });

  it("is there again when it is released once more after a way back", async () => {
    const bench = await filled();
    try {
      const { blue, green } = bench.database.roles;
      await bench.database.disconnect();
      await bench.reach("contracted", { ...MOVE, vacate: blue });
      await bench.reach("expanded", MOVE_BACK);
      await bench.reach("filled", MOVE_BACK);
      await bench.reach("contracted", { ...MOVE_BACK, vacate: green });
      await bench.reach("expanded", MOVE);
      await bench.reach("filled", MOVE);
      expect(await rows(bench)).to.deep.equal([empty("a", true), empty("b", false), empty("c", true)]);
    } finally {
      await bench.end();
    }
  });
});

describe("an installation whose history has a move", () => {
  it("ends where a release ends", async () => {
    const bench = await ReleaseBench.create(moving());
    try {
      await bench.reach("base", { to: MOVE.to, first: true });
      const fresh = await bench.new();
      await fresh.query("INSERT INTO person (name) VALUES ('a')");
      await fresh.query("INSERT INTO person_address (person_id, city) SELECT id, 'Town' FROM person");
      const dump = await schemaDump(bench.database);
      expect(dump).not.to.match(/^(trigger|function)|^column person\.(street|city)/m);
      expect(dump).to.match(/^column person_address\.city/m);
    } finally {
      await bench.end();
    }
  });
});

describe("the way back of a move whose old column required a value", () => {
  it("has one for whatever the newer version writes, and requires it again in the end", async () => {
    const bench = await ReleaseBench.create(movingNames);
    const back = { from: MOVE_NAMES.to, to: MOVE_NAMES.from };
    const names = () => bench.query("SELECT email, full_name FROM person ORDER BY email");
    try {
      const { blue, green } = bench.database.roles;
      await bench.reach("base", { to: MOVE_NAMES.from, first: true });
      await bench.query("INSERT INTO person (email, full_name) VALUES ('a', 'Ada   King'), ('b', '')");
      await bench.reach("expanded", MOVE_NAMES);
      await bench.reach("filled", MOVE_NAMES);
      await bench.reach("contracted", { ...MOVE_NAMES, vacate: blue });
      const fresh = await bench.new();
      await fresh.query("INSERT INTO person (email) VALUES ('c')");
      await bench.reach("expanded", back);
      await fresh.query("INSERT INTO person (email) VALUES ('d')");
      await bench.reach("filled", back);
      await fresh.query("INSERT INTO person (email) VALUES ('e')");
      await fresh.query(
        "INSERT INTO person_name (person, given) SELECT id, 'Eve' FROM person WHERE email = 'c'",
      );
      expect(await names()).to.deep.equal([
        { email: "a", full_name: "Ada   King" },
        { email: "b", full_name: "" },
        { email: "c", full_name: "Eve" },
        { email: "d", full_name: "" },
        { email: "e", full_name: "" },
      ]);
      await bench.database.disconnect();
      await bench.reach("contracted", { ...back, vacate: green });
      expect(await schemaDump(bench.database)).to.match(
        /^column person\.full_name character varying\(40\) true/m,
      );
    } finally {
      await bench.end();
    }
  });
});
