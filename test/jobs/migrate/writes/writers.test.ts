import { readFileSync } from "node:fs";
import { expect } from "chai";
import type pg from "pg";
import { PASSWORD } from "../../../support/postgres/launch-postgres.ts";
import { eventually } from "../../../support/eventually.ts";
import { createDatabase, type TestDatabase } from "../../../support/postgres/postgres.ts";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

/** Inserts a row with its new column alone. */
type Insert = (id: number, road: string) => Promise<unknown>;

const insertBy =
  (client: pg.Client | TestDatabase): Insert =>
  (id, road) =>
    (client as TestDatabase).query("INSERT INTO public.item (id, road) VALUES ($1, $2)", [id, road]);

const FOLDER = renaming(
  {
    "migration.yaml":
      "description: x\nmappings:\n  - { table: item, key: id, old: street, new: { road: optional }, toNew: there, toOld: back }",
    "expand.sql": "ALTER TABLE item ADD COLUMN road text DEFAULT 'none';",
    "contract.sql": "ALTER TABLE item DROP COLUMN street;",
  },
  "CREATE TABLE item (id int PRIMARY KEY, street text DEFAULT 'unknown');",
);

describe("a session that inserts", () => {
  let bench: ReleaseBench;
  let lastId = 0;

  before(async () => {
    bench = await ReleaseBench.create(FOLDER);
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.reach("filled", RELEASE);
  });

  after(() => bench.end());

  /**
   * As whom the writer counts: only the new version's default stays, and the old version's default
   * wins over any value.
   */
  async function countsAs(insert: Insert): Promise<"old version" | "new version" | "another login"> {
    const road = async (value: string) => {
      lastId++;
      await insert(lastId, value);
      const [row] = await eventually(
        () => bench.query<{ road: string }>("SELECT road FROM item WHERE id = $1", [lastId]),
        (rows) => rows.length > 0,
      );
      return row?.road;
    };
    const [untouched, other] = [await road("none"), await road("x")];
    if (untouched === "none") return "new version";
    return other === "unknown" ? "old version" : "another login";
  }

  it("as a version's own login counts as that version", async () => {
    expect(await countsAs(insertBy(await bench.old()))).to.equal("old version");
    expect(await countsAs(insertBy(await bench.new()))).to.equal("new version");
  });

  it("as a version's login after SET ROLE counts as that version", async () => {
    const { app, blue, green } = bench.database.roles;
    await bench.query(`GRANT ${green} TO ${blue}`);
    const old = await bench.old();
    for (const role of [app, green]) {
      await old.query(`SET ROLE ${role}`);
      expect(await countsAs(insertBy(old)), role).to.equal("old version");
    }
    await bench.query(`REVOKE ${green} FROM ${blue}`);
  });

  it("through a SECURITY DEFINER function counts as the version that calls it, whoever owns that", async () => {
    const { blue } = bench.database.roles;
    await bench.query(
      "CREATE FUNCTION put(id int, road text) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.item (id, road) VALUES (id, road)'",
    );
    const insert =
      (client: pg.Client): Insert =>
      (id, road) =>
        client.query("SELECT put($1, $2)", [id, road]);
    for (const owner of ["postgres", blue]) {
      await bench.query(`ALTER FUNCTION put OWNER TO ${owner}`);
      expect(await countsAs(insert(await bench.old())), owner).to.equal("old version");
      expect(await countsAs(insert(await bench.new())), owner).to.equal("new version");
    }
  });

  it("as another login counts as that, also after SET ROLE to a version's login", async () => {
    const { blue, green } = bench.database.roles;
    expect(await countsAs(insertBy(bench.database))).to.equal("another login");
    for (const role of [blue, green]) {
      await bench.query(`SET ROLE ${role}`);
      expect(await countsAs(insertBy(bench.database)), role).to.equal("another login");
      await bench.query("RESET ROLE");
    }
  });

  it("counts as a version after SET SESSION AUTHORIZATION to its login", async () => {
    const { blue, green } = bench.database.roles;
    for (const [login, version] of [
      [blue, "old version"],
      [green, "new version"],
    ] as const) {
      const superuser = await bench.database.connect("postgres");
      await superuser.query(`SET SESSION AUTHORIZATION ${login}`);
      expect(await countsAs(insertBy(superuser)), login).to.equal(version);
    }
  });

  it("counts as the login of a pooler that logs in as itself, be it a third one or a version's", async () => {
    const { app, blue } = bench.database.roles;
    await bench.query(`CREATE ROLE pooler LOGIN PASSWORD '${PASSWORD}'; GRANT ${app} TO pooler`);
    expect(await countsAs(insertBy(await bench.database.connect("pooler")))).to.equal("another login");
    expect(await countsAs(insertBy(await bench.database.connect(blue, "pooler")))).to.equal("old version");
    await bench.database.disconnect();
    await bench.query("DROP OWNED BY pooler; DROP ROLE pooler");
  });

  it("as a restore counts as the login that restores, and pairs that agree stay as they are", async () => {
    await bench.query("SET session_replication_role = replica");
    expect(await countsAs(insertBy(bench.database))).to.equal("another login");
    await bench.query(
      "INSERT INTO item (id, street, road) VALUES (1001, 'unknown', 'unknown'), (1002, 'none', 'none'), (1003, NULL, NULL), (1004, 'x', 'x')",
    );
    await bench.query("SET session_replication_role = origin");
    expect(await bench.query("SELECT street, road FROM item WHERE id > 1000 ORDER BY id")).to.deep.equal([
      { street: "unknown", road: "unknown" },
      { street: "none", road: "none" },
      { street: null, road: null },
      { street: "x", road: "x" },
    ]);
  });

  it("as the apply worker of a subscription counts as the owner of that", async () => {
    const publisher = await createDatabase("publisher");
    try {
      await publisher.query("CREATE TABLE public.item (id int PRIMARY KEY, road text)");
      await publisher.query("CREATE PUBLICATION writers FOR TABLE public.item");
      await publisher.query("SELECT pg_create_logical_replication_slot('writers', 'pgoutput')");
      await subscribe(publisher);
      expect(await countsAs(insertBy(publisher))).to.equal("another login");
      const { green } = bench.database.roles;
      await bench.query(`ALTER ROLE ${green} SUPERUSER`);
      await bench.query("ALTER SUBSCRIPTION writers DISABLE");
      await bench.query(`ALTER SUBSCRIPTION writers OWNER TO ${green}`);
      await bench.query("ALTER SUBSCRIPTION writers ENABLE");
      expect(await countsAs(insertBy(publisher))).to.equal("new version");
      await bench.query(`ALTER ROLE ${green} NOSUPERUSER`);
    } finally {
      await bench.query("DROP SUBSCRIPTION IF EXISTS writers");
      await publisher.drop();
    }
  });

  async function subscribe(publisher: TestDatabase): Promise<void> {
    const place = `host=127.0.0.1 port=${publisher.port} dbname=${publisher.name} user=postgres password=''${PASSWORD}''`;
    await bench.query(
      `CREATE SUBSCRIPTION writers CONNECTION '${place}' PUBLICATION writers WITH (create_slot = false, slot_name = 'writers', copy_data = false)`,
    );
  }

  it("is one of those that docs/writers.md lists", () => {
    const listed = [...readFileSync("docs/writers.md", "utf8").matchAll(/^\| (.+) \| (.+) \|$/gm)].map(
      ([, session = "", as = ""]) => `${session.trim()}: ${as.trim()}`,
    );
    expect(listed).to.include.members([
      "a version's own login: that version",
      "a version's login after `SET ROLE`: that version",
      "a SECURITY DEFINER function, whoever owns it: the version that calls it",
      "another login after `SET ROLE` to a version's login: another login",
      "a superuser after `SET SESSION AUTHORIZATION` to a version's login: that version",
      "a pooler that logs in as itself for both versions: another login",
      "the apply worker of a subscription: the owner of the subscription",
      "a restore, with or without `session_replication_role = replica`: the login that restores",
      "a superuser's or a nightly job's login: another login",
    ]);
  });
});
