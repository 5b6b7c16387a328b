import { expect } from "chai";
import { refusals } from "../../../schema/lint/lint.ts";
import { ADD, reports } from "./renaming-reports.ts";

const TABLES = `CREATE TABLE item (id int PRIMARY KEY, old_name text NOT NULL, note text);
CREATE TABLE event (day date NOT NULL, kind text) PARTITION BY RANGE (day);
CREATE TABLE kept (day date NOT NULL, kind text) PARTITION BY RANGE (day);
CREATE TABLE kept_rest PARTITION OF kept DEFAULT;`;

/**
 * What keeps expand.sql from attaching a table, made like this by the migration before, as the
 * partition of 2030.
 */
async function refused(made: string, parent: string): Promise<string> {
  const attach = `ALTER TABLE ${parent} ATTACH PARTITION part FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');`;
  const parts = { "expand.sql": `${ADD}\n${attach}`, "undo.sql": "" };
  const judged = (id: string) => id === "0002-change";
  return refusals(await reports(parts, { table: `${TABLES}\n${made}`, judged })).join();
}

describe("a table that is attached as a partition", () => {
  const within = "CHECK (day >= '2030-01-01' AND day < '2031-01-01')";

  it("is read whole under lock, unless a valid check of it speaks of the key, which is not NULL", async () => {
    const unread = [
      `CREATE TABLE part (day date NOT NULL, kind text, ${within});`,
      `CREATE TABLE part (day date, kind text, CHECK (day IS NOT NULL), ${within});`,
      `CREATE TABLE part (day date, kind text, ${within}); ALTER TABLE part ALTER COLUMN day SET NOT NULL;`,
      // What came with LIKE is not known, and may be all that is asked for.
      `CREATE TABLE part (LIKE event INCLUDING ALL); ALTER TABLE part ADD CONSTRAINT c ${within};`,
    ];
    for (const made of unread) expect(await refused(made, "event"), made).to.equal("");
    const read = [
      "CREATE TABLE part (day date NOT NULL, kind text);",
      "CREATE TABLE part (day date NOT NULL, kind text, CHECK (kind <> ''));",
      `CREATE TABLE part (day date, kind text, ${within});`,
      `CREATE TABLE part (day date NOT NULL, kind text); ALTER TABLE part ADD CONSTRAINT c ${within} NOT VALID;`,
    ];
    for (const made of read)
      expect(await refused(made, "event"), made).to.match(/every row of part is checked/);
  });

  it("is taken by its checks' word where no migration says what the table is parted by", async () => {
    expect(await refused(`CREATE TABLE part (day date, ${within});`, "adopted")).to.equal("");
  });

  it("has the default partition read too, unless a check of that speaks of the key", async () => {
    const made = `CREATE TABLE part (day date NOT NULL, kind text, ${within});`;
    expect(await refused(made, "kept")).to.match(
      /every row of the default partition kept_rest is checked under ACCESS EXCLUSIVE, as no check proves that none belongs to part/,
    );
    const outside = "ALTER TABLE kept_rest ADD CONSTRAINT c CHECK (day < '2030-01-01');";
    expect(await refused(made + outside, "kept")).to.equal("");
  });
});
