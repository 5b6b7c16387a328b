import type { Constraint } from "libpg-query";
import { listed } from "../sql/parse-tree.ts";
import type { Place } from "./rule.ts";
import { clause, madeName, name, names } from "./sql-text.ts";

/**
 * A constraint that lets rows alone at first, and checks those that are there without keeping
 * anybody out.
 */
export function inTwoSteps(table: string, constraint: Constraint, { statement }: Place): string {
  const named = constraintName(table, constraint);
  const words = clause(statement, constraint.location).replace(/\s+not\s+valid$/i, "");
  const added = /^constraint\s/i.test(words) ? words : `CONSTRAINT ${named} ${words}`;
  return `ALTER TABLE ${name(table)} ADD ${added} NOT VALID;\nALTER TABLE ${name(table)} VALIDATE CONSTRAINT ${named};`;
}

/** A key whose index is built while the table is in use. */
export function byIndex(table: string, constraint: Constraint): string {
  const named = constraintName(table, constraint);
  const words = constraint.contype === "CONSTR_PRIMARY" ? "PRIMARY KEY" : "UNIQUE";
  const distinct = constraint.nulls_not_distinct ? " NULLS NOT DISTINCT" : "";
  return `CREATE UNIQUE INDEX CONCURRENTLY ${named} ON ${name(table)} (${names(listed(constraint.keys))})${distinct};\nALTER TABLE ${name(table)} ADD CONSTRAINT ${named} ${words} USING INDEX ${named};`;
}

/** A form that has to wait until the old version is gone. */
export function inContract(form: string): string {
  return form.startsWith("-- contract.sql\n") ? form : `-- contract.sql\n${form}`;
}

/** The constraint's own name, or the one that PostgreSQL would find for it. */
function constraintName(table: string, { conname, contype, keys, fk_attrs }: Constraint): string {
  if (conname !== undefined) return name(conname);
  switch (contype) {
    case "CONSTR_FOREIGN":
      return madeName(table, ...listed(fk_attrs), "fkey");
    case "CONSTR_PRIMARY":
      return madeName(table, "pkey");
    case "CONSTR_UNIQUE":
      return madeName(table, ...listed(keys), "key");
    case "CONSTR_NOTNULL":
      return madeName(table, ...listed(keys), "not_null");
    default:
      return madeName(table, "check");
  }
}
