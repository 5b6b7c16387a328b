// Which mappings are known to carry over whatever the old version writes; they are called as they
// are, and cost nothing more.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { isCaught } from "../../../schema/sync/conversion-errors.ts";
import type { ColumnFacts, Facts } from "../../../schema/state/catalog.ts";
import { parseMigration } from "../../../schema/migration/migration.ts";
import type { MigrationFiles } from "../../../schema/migration/migration-files.ts";
import { activeMappings } from "../../../schema/mapping/active-mappings.ts";
import { renaming } from "../../support/postgres/small-migrations.ts";

interface Column {
  readonly from?: string;
  /** Of the function's parameter, result and the new column; by default text. */
  readonly to?: string;
  readonly facts?: Partial<ColumnFacts>;
}

async function mayFail(body: string, { from = "text", to = "text", facts = {} }: Column): Promise<boolean> {
  const bare = (type: string) => type.replace(/\(.*\)/, "");
  return isCaughtIn(
    renaming({
      "migration.yaml": `description: Another form.
mappings:
  - { table: item, key: id, old: old_name, new: { new_name: optional }, toNew: there, toOld: back }
`,
      "expand.sql": `ALTER TABLE item ADD COLUMN new_name ${to};`,
      "sync.sql": `CREATE FUNCTION there(v ${bare(from)}) RETURNS ${bare(to)} LANGUAGE sql IMMUTABLE RETURN ${body};
CREATE FUNCTION back(v ${bare(to)}) RETURNS ${bare(from)} LANGUAGE sql IMMUTABLE RETURN v;`,
    })["0002-change"] as MigrationFiles,
    "item",
    { old_name: { type: from, notNull: true, collation: null, exact: true, ...facts } as ColumnFacts },
  );
}

async function isCaughtIn(
  files: MigrationFiles,
  table: string,
  columns: Readonly<Record<string, ColumnFacts>>,
): Promise<boolean> {
  const parsed = await parseMigration("0002-change", files);
  if ("errors" in parsed) throw new Error(parsed.errors.join("\n"));
  const [active] = activeMappings(parsed.migration);
  if (active === undefined) throw new Error("no mapping");
  return isCaught(active, { [table]: { columns } } as unknown as Facts["tables"]);
}

const never: readonly (readonly [body: string, column?: Column])[] = [
  ["v"],
  ["upper(trim(v))"],
  ["initcap(lower(ltrim(rtrim(v, '.'), '0')))"],
  ["coalesce(nullif(v, ''), 'none')"],
  ["v || ' ' || v || 1"],
  ["CASE WHEN v = 'a' THEN 'b' WHEN v IS NULL THEN '' ELSE reverse(v) END"],
  ["CASE v WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 0 END", { to: "int" }],
  ["split_part(v, ' ', 1)"],
  ["substr(v, length(v) - 3)"],
  ["substring(v FROM 2 FOR 5)", { to: "varchar(5)" }],
  ["left(v, -3) || right(v, 2)"],
  ["left(v, 10)", { to: "varchar(10)" }],
  ["lpad(v, 8, '0')", { to: "varchar(8)" }],
  ["replace(translate(v, 'ab', 'cd'), 'c', '')"],
  ["concat(v, 1, NULL)"],
  ["concat_ws(', ', v, v)"],
  ["v ~ '^[A-Z][[:digit:]]{2,}(?:\\.|-)?$'", { to: "boolean" }],
  ["v LIKE '%\\_%'", { to: "boolean" }],
  ["substring(v FROM '[0-9]+')"],
  ["regexp_replace(v, '\\s+', ' ', 'g')"],
  ["v COLLATE \"C\" < 'm'", { to: "boolean" }],
  ["greatest(v, 'm')"],
  ["v::varchar(5)", { to: "varchar(5)" }],
  ["v", { from: "varchar(20)", to: "varchar(30)" }],
  ["v", { from: "character(3)", to: "varchar(3)" }],
  ["v", { from: "varchar(20)" }],
  ["v", { from: "smallint", to: "int" }],
  ["v", { from: "integer", to: "bigint" }],
  ["v", { from: "bigint", to: "numeric" }],
  ["v", { from: "integer", to: "float8" }],
  ["v", { from: "smallint", to: "numeric(5,0)" }],
  ["v", { from: "numeric(8,2)", to: "numeric(9,3)" }],
  ["v * 10 + 1", { from: "smallint", to: "int" }],
  ["v::text", { from: "timestamp with time zone" }],
  ["v", { from: "timestamp without time zone", to: "date" }],
  ["v < 0.5", { from: "integer", to: "boolean" }],
  ["v", { from: "jsonb", to: "jsonb" }],
  ["v", { from: "text[]", to: "text[]" }],
];

const perhaps: readonly (readonly [body: string, column?: Column])[] = [
  ["v::int", { to: "int" }],
  ["v", { to: "varchar(10)" }],
  ["upper(v)", { from: "varchar(10)", to: "varchar(10)" }],
  ["v || '!'", { from: "varchar(10)", to: "varchar(10)" }],
  ["repeat(v, 1000)"],
  ["lpad(v, length(v) * 2)"],
  ["lpad(v, 2000000000)"],
  ["chr(length(v))"],
  ["split_part(v, ' ', 0)"],
  ["split_part(v, ' ', -1)"],
  ["split_part(v, ' ', length(v))"],
  ["substr(v, 1, length(v) - 1)"],
  ["decode(v, 'hex')", { to: "bytea" }],
  ["to_number(v, '999')", { to: "numeric" }],
  ["v::jsonb ->> 'a'"],
  ["v LIKE 'a\\'", { to: "boolean" }],
  ["v LIKE v", { to: "boolean" }],
  ["v ~ v", { to: "boolean" }],
  ["CASE WHEN v = 'rare' THEN v ~ '(' ELSE false END", { to: "boolean" }],
  ["CASE WHEN v = 'rare' THEN v ~ 'a{2,1}' ELSE false END", { to: "boolean" }],
  ["CASE WHEN v = 'rare' THEN v ~ '[z-a]' ELSE false END", { to: "boolean" }],
  ["CASE WHEN v = 'rare' THEN v ~ '[a-c-e]' ELSE false END", { to: "boolean" }],
  ["CASE WHEN v = 'rare' THEN v ~ '(((a{50}){50}){50})' ELSE false END", { to: "boolean" }],
  ["v ~ '(a*)*\\1'", { to: "boolean" }],
  ["v ~ '***:a'", { to: "boolean" }],
  ["CASE WHEN v = 'rare' THEN regexp_replace(v, 'a', 'b', 'q!') END"],
  ["v COLLATE loose LIKE 'a%'", { to: "boolean" }],
  ["v LIKE 'a%'", { to: "boolean", facts: { exact: false, collation: "public.loose" } }],
  [
    "v LIKE 'a%'",
    { from: "character(3)", to: "boolean", facts: { exact: false, collation: "public.loose" } },
  ],
  ["v + 1", { from: "integer", to: "int" }],
  ["-v", { from: "integer", to: "int" }],
  ["abs(v)", { from: "smallint", to: "smallint" }],
  ["100 / v", { from: "integer", to: "int" }],
  ["length(v) * 1000", { to: "int" }],
  ["v * 2", { from: "numeric", to: "numeric" }],
  ["v < 0.5::float8", { from: "numeric", to: "boolean" }],
  ["greatest(v, 1::float8)", { from: "numeric", to: "float8" }],
  ["v", { from: "numeric", to: "float8" }],
  ["v", { from: "double precision", to: "float4" }],
  ["v", { from: "numeric", to: "int" }],
  ["v", { from: "bigint", to: "int" }],
  ["v", { from: "smallint", to: "numeric(4,0)" }],
  ["v", { from: "smallint", to: "numeric(3,-2)" }],
  ["v", { from: "numeric(8,2)", to: "numeric(7,2)" }],
  ["v", { from: "numeric(4,2)", to: "numeric(3,1)" }],
  ["v", { from: "bit(8)", to: "bit" }],
  ["v", { from: "character(3)", to: "char" }],
  ["v", { from: "date", to: "timestamp" }],
  ["v", { from: "timestamp without time zone", to: "timestamptz" }],
  ["v", { from: "timestamp without time zone", to: "timestamp(0)" }],
  ["v + interval '1 day'", { from: "timestamp without time zone", to: "timestamp" }],
  ["v", { from: "text[]", to: "varchar(3)[]" }],
  ["v", { to: "mood" }],
  ["mine(v)"],
];

describe("a mapping that is called as it is, as it never fails", () => {
  it("is the address book's", async () => {
    const files = Object.fromEntries(
      ["migration.yaml", "expand.sql", "sync.sql", "contract.sql"].map((name) => [
        name,
        readFileSync(join("migrations/0002-split-street", name), "utf8"),
      ]),
    ) as unknown as MigrationFiles;
    const street = { type: "text", notNull: true, collation: null, exact: true } as ColumnFacts;
    expect(await isCaughtIn(files, "address", { street })).to.equal(false);
  });

  for (const [isExpected, table] of [
    [false, never],
    [true, perhaps],
  ] as const)
    for (const [body, column = {}] of table)
      it(`is ${isExpected ? "not " : ""}${body}, from ${column.from ?? "text"} to ${column.to ?? "text"}${column.facts === undefined ? "" : " under a collation of one's own"}`, async () => {
        expect(await mayFail(body, column)).to.equal(isExpected);
      });
});
