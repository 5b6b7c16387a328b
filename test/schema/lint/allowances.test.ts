import { expect } from "chai";
import { refusals } from "../../../schema/lint/lint.ts";
import { ADD, reports } from "./renaming-reports.ts";

describe("an allowance", () => {
  const withComment = async (comment: string, statement = "CREATE INDEX i ON item (note);") =>
    reports({ "expand.sql": `${ADD}\n${comment}\n${statement}` });

  it("lets the statement below it stand, for the reason written", async () => {
    const found = await withComment("-- allow create-index: a handful of rows\n-- and never more");
    expect(refusals(found)).to.deep.equal([]);
    expect(found.flatMap(({ findings }) => findings).map(({ allowed }) => allowed)).to.deep.equal([
      "a handful of rows",
    ]);
  });

  const rejected: readonly (readonly [comment: string, reason: RegExp])[] = [
    ["-- allow create-index:", /an allowance needs a reason/],
    ["-- allow create-index", /an allowance needs a reason/],
    ["-- allow create-indexes: few rows", /there is no rule "create-indexes": add-check, /],
    ["-- allow create-index: few rows\n", /it stands above no statement/],
    ["-- allow add-check: few rows", /does nothing that needs it/],
  ];
  for (const [comment, reason] of rejected) {
    it(`allows nothing and is told when it says: ${JSON.stringify(comment)}`, async () => {
      const found = await withComment(comment);
      expect(refusals(found).join()).to.match(/\(create-index\)/);
      const told = found.flatMap(({ findings }) => findings).find(({ rule }) => rule === "allowance");
      expect(told?.why).to.match(reason);
    });
  }

  it("cannot let the runner lose its guard", async () => {
    const found = await withComment("-- allow transaction-control: I know better", "COMMIT;");
    expect(refusals(found).join()).to.match(/escapes the release cannot be allowed/);
  });

  it("is none inside of a function's body", async () => {
    const found = await withComment(
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n-- allow create-index: x\nSELECT 1 $$;",
      "",
    );
    expect(found.flatMap(({ findings }) => findings)).to.deep.equal([]);
  });
});
