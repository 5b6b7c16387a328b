import { expect } from "chai";
import type pg from "pg";
import { ReleaseBench } from "../../../support/postgres/release-bench.ts";
import { RELEASE, renaming } from "../../../support/postgres/small-migrations.ts";

async function inRelease(bench: ReleaseBench, work: () => Promise<void>): Promise<void> {
  try {
    await bench.reach("base", { to: RELEASE.from, first: true });
    await bench.reach("expanded", RELEASE);
    await bench.reach("filled", RELEASE);
    await work();
    await bench.reach("verified", RELEASE);
  } finally {
    await bench.end();
  }
}

const same = (type: string) =>
  `CREATE FUNCTION there(v ${type}) RETURNS ${type} LANGUAGE sql IMMUTABLE RETURN v; CREATE FUNCTION back(v ${type}) RETURNS ${type} LANGUAGE sql IMMUTABLE RETURN v;`;

/** Inserts and updates of either side, by a session that finds names only where its path says. */
async function writeEverything(client: pg.Client, path: string, [one, two]: readonly [string, string]) {
  await client.query(`SET search_path = ${path}`);
  await client.query("DELETE FROM public.item");
  for (const [id, columns] of ["old_name", "new_name", "old_name, new_name"].entries()) {
    const values = columns.includes(",") ? `${one}, ${one}` : one;
    await client.query(`INSERT INTO public.item (id, ${columns}) VALUES (${id}, ${values})`);
    await client.query(`UPDATE public.item SET old_name = ${two} WHERE id OPERATOR(pg_catalog.=) ${id}`);
    await client.query(`UPDATE public.item SET new_name = ${one} WHERE id OPERATOR(pg_catalog.=) ${id}`);
    await client.query(
      `UPDATE public.item SET old_name = ${two}, new_name = ${two} WHERE id OPERATOR(pg_catalog.=) ${id}`,
    );
  }
}

describe("names in the sync trigger", () => {
  for (const { type, values } of [
    { type: "hstore", values: ["$$a=>1$$", "$$b=>2$$"] },
    { type: "citext", values: ["$$a$$", "$$b$$"] },
  ] as const)
    it(`are found by a writer without a search_path where the columns have type ${type}`, async () => {
      const parts = {
        "expand.sql": `ALTER TABLE item ADD COLUMN new_name ${type};`,
        "sync.sql": same(type),
      };
      const table = `CREATE TABLE item (id int PRIMARY KEY, old_name ${type} NOT NULL DEFAULT ${values[0]});`;
      const bench = await ReleaseBench.create(renaming(parts, table));
      await bench.query(`CREATE EXTENSION ${type}`);
      await inRelease(bench, async () => {
        for (const client of [await bench.old(), await bench.new()]) {
          await writeEverything(client, "''", values);
          expect(await bench.query("SELECT DISTINCT old_name, new_name FROM item")).to.have.length(1);
        }
      });
    });

  for (const type of ["int", "text", "varchar(20)", "numeric"])
    it(`are PostgreSQL's own where the writer's path finds others first, with columns of type ${type}`, async () => {
      const parts = {
        "migration.yaml":
          "description: x\nmappings:\n  - { table: item, key: id, old: old_name, new: { new_name: optional }, toNew: there, toOld: back }",
        "expand.sql": `ALTER TABLE item ADD COLUMN new_name ${type} DEFAULT '7';`,
        "sync.sql": same(type.replace(/\(.*/, "")),
      };
      const table = `CREATE TABLE item (id int PRIMARY KEY, old_name ${type} DEFAULT '7');`;
      const bench = await ReleaseBench.create(renaming(parts, table));
      await bench.query("CREATE SCHEMA planted; GRANT USAGE ON SCHEMA planted TO PUBLIC");
      for (const planted of ["int", "text", "name", "varchar", "bpchar", "numeric", "record"])
        for (const [name, operator] of [
          ["same", "="],
          ["other", "<>"],
        ]) {
          await bench.query(
            `CREATE FUNCTION planted.${name}(a pg_catalog.${planted}, b pg_catalog.${planted}) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted''; END'`.replace(
              /pg_catalog\.int/g,
              "int",
            ),
          );
          await bench.query(
            `CREATE OPERATOR planted.${operator} (LEFTARG = ${planted}, RIGHTARG = ${planted}, FUNCTION = planted.${name})`,
          );
        }
      for (const name of ["record", "text", "bool"])
        await bench.query(`CREATE TYPE planted.${name} AS ENUM ('planted')`);
      await inRelease(bench, async () => {
        for (const client of [await bench.old(), await bench.new()]) {
          await writeEverything(client, "planted, pg_catalog, public", ["7", "8"]);
          expect(await bench.query("SELECT DISTINCT old_name, new_name FROM item")).to.have.length(1);
        }
      });
    });
});
