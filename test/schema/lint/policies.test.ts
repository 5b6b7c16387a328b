import { expect } from "chai";
import { ADD, errors } from "./renaming-reports.ts";

const SHELF = "CREATE TABLE shelf (id int PRIMARY KEY, tenant text);";
const ENABLE = "ALTER TABLE shelf ENABLE ROW LEVEL SECURITY;";

describe("expand.sql, with what protects a table or a column", () => {
  it("may protect what the same file makes, and needs no undo.sql for that", async () => {
    for (const statement of [
      `${SHELF} ${ENABLE} CREATE POLICY own ON shelf USING (tenant = current_user);`,
      `${SHELF} ${ENABLE} ALTER TABLE shelf FORCE ROW LEVEL SECURITY; CREATE POLICY own ON shelf AS RESTRICTIVE FOR UPDATE TO reader USING (true) WITH CHECK (false);`,
      `${SHELF} GRANT SELECT, UPDATE (tenant) ON shelf TO reader; REVOKE UPDATE ON shelf FROM reader;`,
      "GRANT SELECT (new_name), UPDATE (new_name) ON item TO reader;",
      `${SHELF} SECURITY LABEL FOR anon ON COLUMN shelf.tenant IS 'MASKED'; SECURITY LABEL ON TABLE shelf IS 'x';`,
      "SECURITY LABEL FOR anon ON COLUMN item.new_name IS 'MASKED';",
    ])
      expect(await errors({ "expand.sql": `${ADD} ${statement}` }), statement).to.deep.equal([]);
  });

  it("may not change what the old version sees and may write", async () => {
    for (const [statement, reason] of [
      [
        "CREATE POLICY own ON item USING (note = current_user);",
        /on item this changes which rows the old version sees and may write \(policy-in-use\)\n {2}write instead:\n {4}-- contract\.sql, or a release of its own.*\n {4}CREATE POLICY own ON item/,
      ],
      ["ALTER POLICY own ON item USING (note = current_user);", /\(policy-in-use\)/],
      ["DROP POLICY own ON item;", /\(drop-early\)/],
      ["ALTER TABLE item ENABLE ROW LEVEL SECURITY;", /\(command-in-expand\)/],
      ["ALTER TABLE item DISABLE ROW LEVEL SECURITY;", /\(command-in-expand\)/],
      ["SECURITY LABEL FOR anon ON COLUMN item.note IS 'MASKED';", /\(not-additive\)/],
      ["REVOKE SELECT (note) ON item FROM reader;", /\(revoke\)/],
    ] as const)
      expect(
        (await errors({ "expand.sql": `${ADD} ${statement}`, "undo.sql": "" })).join("\n"),
        statement,
      ).to.match(reason);
  });

  it("needs an undo.sql for privileges on what was there before", async () => {
    expect((await errors({ "expand.sql": `${ADD} GRANT SELECT (note) ON item TO reader;` })).join()).to.match(
      /\(undo-needed\)/,
    );
  });
});
