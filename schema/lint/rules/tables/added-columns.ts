import type { ColumnDef } from "libpg-query";
import { constraintsOf, nameOf, typeName } from "../../../sql/parse-tree.ts";
import { isStable } from "../../../sql/stable-expression.ts";
import { onAddedColumn, type Outcome, type Place, type Rule } from "../../rule.ts";
import { homeOf } from "../../../migration/manifest.ts";
import { clause, madeName, name, typeWords } from "../../sql-text.ts";

export const addedColumnRules: readonly Rule[] = [
  onAddedColumn("add-column-volatile-default", (column, { table }, place) => {
    const expression = defaultOf(column)?.raw_expr;
    if (expression === undefined || isStable(expression)) return null;
    const value = defaultWords(column, place);
    return rewritten(table, `the default ${value} is evaluated for each row, so the table is written anew`, [
      `ALTER TABLE ${name(table)} ADD COLUMN ${plain(column)};`,
      `ALTER TABLE ${name(table)} ALTER COLUMN ${name(column.colname ?? "")} SET DEFAULT ${value};`,
      `-- rows that are there keep NULL; a mapping in migration.yaml fills them in small steps`,
    ]);
  }),
  onAddedColumn("add-column-generated", (column, { table }) => {
    const generated = constraintsOf(column).find(({ contype }) => contype === "CONSTR_GENERATED");
    if (generated === undefined || generated.generated_kind === "v") return null;
    return rewritten(
      table,
      "a stored generated column is computed for every row, so the table is written anew",
      [
        `ALTER TABLE ${name(table)} ADD COLUMN ${plain(column)};`,
        "-- fill it by a mapping in migration.yaml: toNew in sync.sql computes it, for every row and every write",
      ],
    );
  }),
  onAddedColumn("add-column-virtual", (column, { table }, { major }) => {
    const isVirtual = constraintsOf(column).some(
      ({ contype, generated_kind }) => contype === "CONSTR_GENERATED" && generated_kind === "v",
    );
    if (!isVirtual || (major ?? 0) >= 18) return null;
    return {
      problem: {
        consequence: major === null ? "may-surprise" : "fails",
        table,
        why: "virtual generated columns begin with PostgreSQL 18",
        instead: `ALTER TABLE ${name(table)} ADD COLUMN ${plain(column)};`,
      },
    };
  }),
  onAddedColumn("add-column-identity", (column, { table }) => {
    const isIdentity = constraintsOf(column).some(({ contype }) => contype === "CONSTR_IDENTITY");
    return isIdentity ? numbered(column, table, "an identity column") : null;
  }),
  onAddedColumn("add-column-serial", (column, { table }) =>
    /^(small|big)?serial[248]?$/.test(typeName(column.typeName))
      ? numbered(column, table, `a ${typeName(column.typeName)} column`)
      : null,
  ),
  onAddedColumn("add-column-domain", (column, { table }, { known }) => {
    const type = typeName(column.typeName);
    const domain = known.domains.get(type);
    if (!domain?.refuses || (column.typeName?.arrayBounds ?? []).length > 0) return null;
    const named = name(column.colname ?? "");
    const base = domain.base === undefined ? `what ${name(type)} is made over` : typeWords(domain.base);
    return rewritten(
      table,
      `every row is written anew to look whether ${name(type)} accepts what it has in a new column`,
      [
        `ALTER TABLE ${name(table)} ADD COLUMN ${named} ${base};`,
        `-- and what the domain asks, as a check of the column:`,
        `ALTER TABLE ${name(table)} ADD CONSTRAINT ${madeName(table, column.colname ?? "", "check")} CHECK (…) NOT VALID;`,
      ],
    );
  }),
  onAddedColumn("add-column-not-null", (column, { table }, place) => {
    const types = constraintsOf(column).map(({ contype }): string => contype ?? "");
    const isRequired = types.includes("CONSTR_NOTNULL") || types.includes("CONSTR_PRIMARY");
    const isFilled = ["CONSTR_DEFAULT", "CONSTR_GENERATED", "CONSTR_IDENTITY"].some((type) =>
      types.includes(type),
    );
    const isSerial = typeName(column.typeName).includes("serial");
    if (!isRequired || isFilled || isSerial || mappedAs(column, table, place)) return null;
    return {
      problem: {
        consequence: "fails",
        table,
        why: `rows that are there, and every insert of the old version, have no value for ${column.colname ?? ""}`,
        instead: `ALTER TABLE ${name(table)} ADD COLUMN ${plain(column)};\n-- migration.yaml: name it "required" in a mapping, and it becomes NOT NULL when every row has a value`,
      },
    };
  }),
  onAddedColumn("add-column-json", (column, { table }, place) => {
    const type = typeName(column.typeName);
    if (!["json", "xml"].includes(type)) return null;
    const isMapped = mappedAs(column, table, place);
    return {
      problem: {
        consequence: isMapped ? "fails" : "may-surprise",
        table,
        why: `values of type ${type} cannot be compared, ${isMapped ? "which a mapping must" : "so SELECT DISTINCT and UNION on the whole row fail from now on"}`,
        instead: `ALTER TABLE ${name(table)} ADD COLUMN ${name(column.colname ?? "")} ${type === "json" ? "jsonb" : "text"};`,
      },
    };
  }),
  onAddedColumn("add-column-references", (column, { table }, place) => {
    const foreign = constraintsOf(column).find(({ contype }) => contype === "CONSTR_FOREIGN");
    if (foreign === undefined) return null;
    const target = nameOf(foreign.pktable);
    const locks = [{ table: target, mode: "SHARE ROW EXCLUSIVE" }] as const;
    // Without a value there is nothing to look up.
    if (defaultOf(column) === undefined) return { locks };
    const added = `ALTER TABLE ${name(table)} ADD COLUMN ${plain(column)}`;
    const words = clause(place.statement, foreign.location);
    const constraint = madeName(table, column.colname ?? "", "fkey");
    return {
      locks,
      scans: [table, target],
      problem: {
        consequence: "blocks-reads-and-writes",
        table,
        why: `every row's value is looked up in ${target} under ACCESS EXCLUSIVE`,
        instead: `${added} DEFAULT ${defaultWords(column, place)};\nALTER TABLE ${name(table)} ADD CONSTRAINT ${constraint} FOREIGN KEY (${name(column.colname ?? "")}) ${words} NOT VALID;\nALTER TABLE ${name(table)} VALIDATE CONSTRAINT ${constraint};`,
      },
    };
  }),
  onAddedColumn("add-column-constraint", (column, { table }, place) => {
    const checked = constraintsOf(column).find(({ contype }) =>
      ["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY"].includes(contype ?? ""),
    );
    if (checked === undefined) return null;
    const isCheck = checked.contype === "CONSTR_CHECK";
    const columnName = name(column.colname ?? "");
    const constraint = madeName(table, column.colname ?? "", isCheck ? "check" : "key");
    const added = `ALTER TABLE ${name(table)} ADD COLUMN ${plain(column)};`;
    return {
      scans: [table],
      problem: {
        consequence: "blocks-reads-and-writes",
        table,
        why: `a constraint written at the column is checked on every row under ACCESS EXCLUSIVE`,
        instead: isCheck
          ? `${added}\nALTER TABLE ${name(table)} ADD CONSTRAINT ${constraint} ${clause(place.statement, checked.location)} NOT VALID;\nALTER TABLE ${name(table)} VALIDATE CONSTRAINT ${constraint};`
          : `${added}\nCREATE UNIQUE INDEX CONCURRENTLY ${constraint} ON ${name(table)} (${columnName});`,
      },
    };
  }),
  onAddedColumn("mapped-column", (column, { table }, place) => {
    const mapped = mappedAs(column, table, place);
    if (!mapped || place.part !== "expand") return null;
    const types = constraintsOf(column).map(({ contype }): string => contype ?? "");
    const filling = defaultOf(column);
    const isConstant = filling?.raw_expr !== undefined && "A_Const" in uncast(filling.raw_expr);
    const why = types.includes("CONSTR_NOTNULL")
      ? 'a mapped column is added without NOT NULL: say "required" in migration.yaml, and it becomes one when every row has a value'
      : types.some((type) =>
            ["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN"].includes(type),
          )
        ? "a constraint on a mapped column would refuse the old version's writes to rows not filled yet: add it in contract.sql"
        : filling !== undefined && (mapped.required || !isConstant)
          ? "a mapped column takes its value from sync.sql: add it without a default"
          : null;
    if (why === null) return null;
    return {
      problem: {
        consequence: "breaks-the-running-version",
        table,
        why,
        instead: `ALTER TABLE ${name(table)} ADD COLUMN ${plain(column)};`,
      },
    };
  }),
];

function rewritten(table: string, why: string, instead: readonly string[]): Outcome {
  const problem = {
    consequence: "blocks-reads-and-writes",
    table,
    why,
    instead: instead.join("\n"),
  } as const;
  return { scans: [table], rewrites: [table], problem };
}

function numbered(column: ColumnDef, table: string, what: string): Outcome {
  const sequence = madeName(table, column.colname ?? "", "seq");
  return rewritten(table, `${what} gives every row a number, so the table is written anew`, [
    `CREATE SEQUENCE ${sequence};`,
    `ALTER TABLE ${name(table)} ADD COLUMN ${plain(column)};`,
    `ALTER TABLE ${name(table)} ALTER COLUMN ${name(column.colname ?? "")} SET DEFAULT nextval('${sequence}');`,
    "-- rows that are there keep NULL; a mapping in migration.yaml fills them in small steps",
    "-- undo.sql",
    `DROP SEQUENCE IF EXISTS ${sequence};`,
  ]);
}

function defaultOf(column: ColumnDef) {
  return constraintsOf(column).find(({ contype }) => contype === "CONSTR_DEFAULT");
}

const COLUMN_WORDS = [
  "NOT",
  "NULL",
  "CHECK",
  "UNIQUE",
  "PRIMARY",
  "REFERENCES",
  "CONSTRAINT",
  "GENERATED",
  "COLLATE",
];

function defaultWords(column: ColumnDef, { statement }: Place): string {
  return clause(statement, defaultOf(column)?.location, COLUMN_WORDS).replace(/^default\s+/i, "");
}

/** The column with its name and type only. */
function plain(column: ColumnDef): string {
  return `${name(column.colname ?? "")} ${typeWords(column.typeName)}`;
}

function mappedAs(column: ColumnDef, table: string, { migration }: Place) {
  return migration.mappings
    .filter((mapping) => homeOf(mapping, "new").table === table)
    .flatMap((mapping) => mapping.new)
    .find((one) => one.name === column.colname);
}

function uncast(expression: NonNullable<ReturnType<typeof defaultOf>>["raw_expr"] & object) {
  let inner = expression;
  while ("TypeCast" in inner && inner.TypeCast.arg !== undefined) inner = inner.TypeCast.arg;
  return inner;
}
