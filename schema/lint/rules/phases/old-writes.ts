import { columnsIn, listed, nameOf } from "../../../sql/parse-tree.ts";
import { indexRefusesOldWrites, refusesOldWrites } from "../../old-writes.ts";
import { onAddedConstraint, onStatement, type Rule } from "../../rule.ts";
import { byIndex, inContract, inTwoSteps } from "../../safe-forms.ts";
import { names, whole, withWord } from "../../sql-text.ts";

const CONSTRAINTS = ["CHECK", "NOTNULL", "FOREIGN", "UNIQUE", "PRIMARY", "EXCLUSION"].map(
  (type) => `CONSTR_${type}`,
);

/**
 * What the old version writes while it serves may not be refused by a rule that it does not know.
 */
export const oldWriteRules: readonly Rule[] = [
  onAddedConstraint(CONSTRAINTS, "constraint-in-expand", (constraint, { table }, place) => {
    if (!refusesOldWrites(constraint, table, place)) return null;
    const { contype, indexname, keys, fk_attrs, raw_expr, exclusions, pktable } = constraint;
    const columns = [...listed(keys), ...listed(fk_attrs), ...columnsIn([raw_expr, exclusions])];
    const isKey = contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY";
    const isAsItIs = contype === "CONSTR_EXCLUSION" || indexname !== undefined;
    const form = isAsItIs
      ? whole(place.statement)
      : isKey
        ? byIndex(table, constraint)
        : inTwoSteps(table, constraint, place);
    const deletes = pktable === undefined ? "" : `, and what it deletes from ${nameOf(pktable)},`;
    return {
      problem: {
        consequence: "breaks-the-running-version",
        table,
        why: `the old version does not know of it, and what it writes${columns.length > 0 ? ` to ${names(columns)}` : ""}${deletes} would be refused`,
        instead: inContract(form),
      },
    };
  }),
  onStatement("IndexStmt", "unique-index-in-expand", (index, place) => {
    if (!indexRefusesOldWrites(index, place)) return null;
    const form = index.concurrent
      ? whole(place.statement)
      : withWord(place.statement, "INDEX", "CONCURRENTLY");
    return {
      problem: {
        consequence: "breaks-the-running-version",
        table: nameOf(index.relation),
        why: `the old version does not know of it, and what it writes to ${names(columnsIn(index.indexParams))} would be refused where it is there already`,
        instead: inContract(form),
      },
    };
  }),
];
