import { expect } from "chai";
import { readFacts } from "../../../../jobs/migrate/database/read-catalog.ts";
import { connect } from "../../../../jobs/migrate/database/connect.ts";
import { POSTGRES, schemasToSearch } from "../../../../schema/sql/compare.ts";
import { inRange, type KeyColumn } from "../../../../schema/sql/key-ranges.ts";
import { identifier, sql } from "../../../../schema/sql/sql.ts";
import { createDatabase } from "../../../support/postgres/postgres.ts";

const KEYS: readonly { readonly types: readonly string[]; readonly bound: readonly string[] }[] = [
  { types: ["bigint"], bound: ["7"] },
  { types: ["uuid"], bound: ["00000000-0000-0000-0000-000000000007"] },
  { types: ["varchar(20)"], bound: ["g"] },
  { types: ["char(8)"], bound: ["g"] },
  { types: ["citext"], bound: ["G"] },
  { types: ["code"], bound: ["g"] },
  { types: ["tag"], bound: ["G"] },
  { types: ["mood"], bound: ["b"] },
  { types: ["uuid", "varchar(20)", "bigint"], bound: ["00000000-0000-0000-0000-000000000007", "g", "7"] },
  { types: ["citext", "tag"], bound: ["G", "g"] },
  { types: ["bigint", "citext", "mood"], bound: ["7", "G", "b"] },
];

describe("the conditions of a walk's step", () => {
  it("are found by the key's index, whatever the key's types", async () => {
    const database = await createDatabase();
    const leave = database.enter();
    const session = await connect(
      "test",
      () => undefined,
      () => undefined,
    );
    try {
      await database.query(
        "CREATE EXTENSION citext; CREATE DOMAIN code AS varchar(20); CREATE DOMAIN tag AS citext; CREATE TYPE mood AS ENUM ('a', 'b', 'c')",
      );
      for (const [index, { types }] of KEYS.entries()) {
        const columns = types.map((type, place) => `k${place} ${type}`).join(", ");
        const key = types.map((_, place) => `k${place}`).join(", ");
        await database.query(`CREATE TABLE t${index} (${columns}, PRIMARY KEY (${key}))`);
        await database.query(`GRANT ALL ON t${index} TO ${database.roles.migrator}`);
      }
      const facts = await readFacts(
        session,
        "public",
        KEYS.map((_, index) => `t${index}`),
      );
      await session.run(sql`SET enable_seqscan = off`);
      await session.run(sql`SET enable_bitmapscan = off`);
      for (const [index, { types, bound }] of KEYS.entries()) {
        const columns = facts.tables[`t${index}`]?.columns ?? {};
        const key = Object.entries(columns).map(([name, { type, comparison }]): KeyColumn => ({
          name,
          type,
          comparison: comparison ?? POSTGRES,
          isOwnType: false,
        }));
        const { condition, values } = inRange("t", key, { after: bound, upTo: bound });
        await session.searchIn(schemasToSearch(key.map(({ comparison }) => comparison)));
        const plan = await session.rows(
          sql`EXPLAIN (COSTS off) SELECT FROM ${identifier("public", `t${index}`)} AS t WHERE ${condition}`,
          values,
        );
        const lines = plan.flatMap((row) => Object.values(row).map(String));
        expect(lines.join("\n"), types.join(", ")).to.match(/Index (Only )?Scan[^]*Index Cond: .*>.*<=/);
        expect(lines.join("\n"), types.join(", ")).not.to.match(/Filter/);
      }
    } finally {
      await session.close();
      leave();
      await database.drop();
    }
  });
});
