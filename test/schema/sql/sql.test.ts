import { expect } from "chai";
import fc from "fast-check";
import {
  dollarQuoted,
  every,
  identifier,
  integer,
  literal,
  some,
  sql,
  verbatim,
} from "../../../schema/sql/sql.ts";
import { ReleaseBench } from "../../support/postgres/release-bench.ts";

describe("sql", () => {
  it("joins only what is safe", () => {
    const text = sql`ALTER TABLE ${identifier("app", 'odd "name"')} ADD CHECK (a = ${literal("it's \\ odd")})`
      .text;
    expect(text).to.equal(`ALTER TABLE "app"."odd ""name""" ADD CHECK (a =  E'it''s \\\\ odd')`);
  });

  it("refuses names that PostgreSQL would cut, empty ones and zero bytes", () => {
    expect(() => identifier("ä".repeat(32))).to.throw(RangeError, "it has 64");
    expect(() => identifier("")).to.throw(RangeError, "it is empty");
    expect(() => identifier("a\0")).to.throw(RangeError, "zero byte");
    expect(() => literal("a\0")).to.throw(RangeError, "zero byte");
    expect(() => integer(1.5)).to.throw(RangeError, "not whole");
  });

  it("chooses dollar quotes that the body does not contain", () => {
    expect(dollarQuoted(verbatim("a $body$ b")).text).to.equal("$body1$a $body$ b$body1$");
  });

  it("knows what nothing means", () => {
    expect(every([]).text).to.equal("true");
    expect(some([]).text).to.equal("false");
  });

  describe("in PostgreSQL", () => {
    let bench: ReleaseBench;
    before(async () => {
      bench = await ReleaseBench.create();
    });
    after(() => bench.end());

    const text = fc.string({ unit: "grapheme", maxLength: 15 }).filter((each) => !each.includes("\0"));

    it("gives every text back as it was, as a value and as a name", async () => {
      await fc.assert(
        fc.asyncProperty(
          text,
          text.filter((each) => each !== "" && Buffer.byteLength(each) <= 63),
          async (value, name) => {
            const [row] = await bench.query(sql`SELECT ${literal(value)} AS ${identifier(name)}`.text);
            expect(row).to.deep.equal({ [name]: value });
          },
        ),
        { numRuns: 200 },
      );
    });

    it("gives every function body back as it was", async () => {
      await fc.assert(
        fc.asyncProperty(fc.stringMatching(/^[$a-z0-9_ ']{0,20}$/), async (body) => {
          const [row] = await bench.query(sql`SELECT ${dollarQuoted(verbatim(body))} AS body`.text);
          expect(row).to.deep.equal({ body });
        }),
        { numRuns: 100 },
      );
    });
  });
});
