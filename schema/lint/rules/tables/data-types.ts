import { listed } from "../../../sql/parse-tree.ts";
import type { KnownSchema } from "../../known-schema.ts";
import type { Lock } from "../../lock-mode.ts";
import { onStatement, type Rule } from "../../rule.ts";
import { name, whole } from "../../sql-text.ts";

export const typeRules: readonly Rule[] = [
  onStatement("AlterEnumStmt", "rename-enum-value", ({ typeName, oldVal, newVal = "" }) =>
    oldVal === undefined
      ? null
      : {
          problem: {
            consequence: "breaks-the-running-version",
            table: null,
            why: `the version that serves writes '${oldVal}', which is not there any more`,
            instead: `-- expand.sql\nALTER TYPE ${listed(typeName).map(name).join(".")} ADD VALUE '${newVal}' AFTER '${oldVal}';\n-- and a mapping, if both versions are to read one column each`,
          },
        },
  ),
  onStatement("AlterEnumStmt", "enum-value-order", ({ oldVal, newVal = "", newValNeighbor, typeName }) =>
    oldVal !== undefined || newValNeighbor !== undefined
      ? null
      : {
          problem: {
            consequence: "may-surprise",
            table: null,
            why: `'${newVal}' sorts behind all other values, and that cannot be changed later`,
            instead: `ALTER TYPE ${listed(typeName).map(name).join(".")} ADD VALUE '${newVal}' AFTER '…';`,
          },
        },
  ),
  onStatement("AlterDomainStmt", "domain-constraint", ({ subtype, typeName, def }, { known, statement }) => {
    const domain = listed(typeName).at(-1) ?? "";
    const tables = usersOf(known, domain);
    const isUnchecked = def !== undefined && "Constraint" in def && def.Constraint.skip_validation === true;
    // C: add constraint, V: validate, O: set not null
    if (!["C", "V", "O"].includes(subtype ?? "") || isUnchecked) return null;
    return {
      locks: tables.map((table): Lock => ({ table, mode: "SHARE" })),
      scans: tables,
      problem: {
        consequence: "blocks-writes",
        table: tables[0] ?? null,
        why: `every row of every table that uses ${domain}${tables.length > 0 ? ` (${tables.join(", ")})` : ""} is checked while nobody can write it`,
        instead:
          subtype === "C"
            ? `-- contract.sql\n${statement.sql.text} NOT VALID;\n-- values that are there stay unchecked; a CHECK on the column can be validated without a lock`
            : `-- a CHECK on the column, NOT VALID and then validated, instead of\n-- ${whole(statement)}`,
      },
    };
  }),
  onStatement("AlterDomainStmt", "domain-in-use", ({ typeName, subtype }, { part, statement }) =>
    part === "expand" && subtype !== "V"
      ? {
          problem: {
            consequence: "breaks-the-running-version",
            table: null,
            why: `the old version may write what ${listed(typeName).at(-1) ?? "the domain"} does not accept any more, or read what it did not`,
            instead: `-- contract.sql\n${whole(statement)}`,
          },
        }
      : null,
  ),
];

function usersOf(known: KnownSchema, type: string): readonly string[] {
  return [...known.tables].flatMap(([table, { columns }]) =>
    [...columns.values()].some((column) => column.type.name === type) ? [table] : [],
  );
}
