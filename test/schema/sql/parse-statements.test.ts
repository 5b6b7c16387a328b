import { expect } from "chai";
import { loadParser, parseStatements } from "../../../schema/sql/parse-statements.ts";

describe("parseStatements", () => {
  before(loadParser);

  const parse = (text: string) => {
    const parsed = parseStatements("expand.sql", text);
    if ("errors" in parsed) throw new Error(parsed.errors.join());
    return parsed.statements;
  };

  it("cuts a file as PostgreSQL does, not at every semicolon", () => {
    const statements = parse(`-- a comment; with a semicolon
      CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT a || ';'; END;
      /* nested /* ; */ ; */ CREATE TABLE "t;" (a text DEFAULT $x$ ; $x$);`);
    expect(statements.map((statement) => statement.sql.text)).to.deep.equal([
      "CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT a || ';'; END",
      'CREATE TABLE "t;" (a text DEFAULT $x$ ; $x$)',
    ]);
    expect(statements.map((statement) => statement.line)).to.deep.equal([2, 3]);
  });

  it("counts places in bytes where the parser does", () => {
    const statements = parse("COMMENT ON TABLE a IS 'äöü 🏠';\nCREATE INDEX CONCURRENTLY i ON a (b);");
    expect(statements.map((statement) => statement.sql.text)).to.deep.equal([
      "COMMENT ON TABLE a IS 'äöü 🏠'",
      "CREATE INDEX CONCURRENTLY i ON a (b)",
    ]);
  });

  it("accepts a file without a statement", () => {
    expect(parse("")).to.deep.equal([]);
    expect(parse("  -- nothing to do\n")).to.deep.equal([]);
  });

  it("tells file and line of what PostgreSQL cannot read", () => {
    expect(parseStatements("sync.sql", "SELECT 1;\n\nSELEC 2;")).to.deep.equal({
      errors: ['sync.sql:3: syntax error at or near "SELEC"'],
    });
  });

  it("tells a constant default from one that is computed", () => {
    const [added] = parse(
      "ALTER TABLE t ADD a int DEFAULT -1, ADD b bit(3) DEFAULT B'101', ADD c bytea DEFAULT 'x'::bytea, ADD d int DEFAULT 60 * 60, ADD e uuid DEFAULT gen_random_uuid()",
    );
    const actions = added?.effect.kind === "alter-table" ? added.effect.actions : [];
    expect(
      actions.map((action) => action.kind === "add-column" && [action.filling, action.constant?.text]),
    ).to.deep.equal([
      ["constant", "(-1)"],
      ["constant", "b'101'"],
      ["constant", "'x'"],
      ["stable", undefined],
      ["expression", undefined],
    ]);
  });

  it("names what a statement drops, without arguments", () => {
    const names = (text: string) => {
      const [first] = parse(text);
      return first?.effect.kind === "drop" ? first.effect.names : null;
    };
    expect(names("DROP TYPE mood, s.shade")).to.deep.equal(["mood", "s.shade"]);
    expect(names("DROP DOMAIN zip")).to.deep.equal(["zip"]);
    expect(names("DROP FUNCTION one, s.two(int, s.shade)")).to.deep.equal(["one", "s.two"]);
    expect(names("DROP TRIGGER noted ON s.item")).to.deep.equal(["s.item.noted"]);
  });

  it("writes a type in words that a cast accepts, whatever modifies it", () => {
    const types = [
      ["interval(0)", '"pg_catalog"."interval"(32767, 0)'],
      ["interval year to month", '"pg_catalog"."interval"(6)'],
      ["timestamptz(0)", '"pg_catalog"."timestamptz"(0)'],
      ["numeric(6, 2)[]", '"pg_catalog"."numeric"(6, 2)[]'],
      ["s.shade", '"s"."shade"'],
      ["geometry(Point, 4326)", '"geometry"("point", 4326)'],
    ];
    for (const [written, read] of types) {
      const [first] = parse(`ALTER TABLE t ADD COLUMN a ${written}`);
      const [action] = first?.effect.kind === "alter-table" ? first.effect.actions : [];
      expect(action?.kind === "add-column" && action.type.text).to.equal(read);
    }
  });

  it("describes what a statement does", () => {
    const [first, second] = parse(
      "ALTER TABLE t ADD COLUMN a varchar(5) DEFAULT 'x'::text, ADD COLUMN b int4range[] NOT NULL, ADD COLUMN c timestamptz DEFAULT now(), ADD COLUMN d bigserial; CREATE UNIQUE INDEX CONCURRENTLY i ON t (lower(a), b) INCLUDE (c) WHERE d > 0",
    );
    const actions = first?.effect.kind === "alter-table" ? first.effect.actions : [];
    expect(
      actions.map(
        (action) =>
          action.kind === "add-column" && [
            action.column,
            action.type.text,
            action.filling,
            action.uncut?.text,
            action.notNull,
            action.exact,
          ],
      ),
    ).to.deep.equal([
      ["a", '"pg_catalog"."varchar"(5)', "constant", "pg_catalog.bpchar", false, true],
      ["b", '"int4range"[]', "none", undefined, true, false],
      ["c", '"timestamptz"', "stable", undefined, false, true],
      ["d", '"bigserial"', "generated", undefined, false, false],
    ]);
    expect(second?.effect).to.deep.equal({
      kind: "create-index",
      table: { schema: null, name: "t" },
      index: "i",
      concurrently: true,
      unique: true,
      columns: ["a", "b", "c", "d"],
    });
  });
});
