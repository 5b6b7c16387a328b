import type { RangeVar } from "libpg-query";
import { nameOf } from "../../../sql/parse-tree.ts";
import { lock, onStatement, onWrite, originOf, type Outcome, type Rule } from "../../rule.ts";

export const rowRules: readonly Rule[] = [
  onWrite("UpdateStmt", "unbatched-update", ({ relation, whereClause }) =>
    touched("UPDATE", relation, whereClause === undefined),
  ),
  onWrite("DeleteStmt", "unbatched-delete", ({ relation, whereClause }) =>
    touched("DELETE", relation, whereClause === undefined),
  ),
  onWrite("MergeStmt", "unbatched-merge", ({ relation }) => touched("MERGE", relation, false)),
  onWrite("InsertStmt", "insert-into-used-table", ({ relation, selectStmt }, place) => {
    const table = nameOf(relation);
    const locks = lock(table, "ROW EXCLUSIVE");
    const isValues =
      selectStmt !== undefined &&
      "SelectStmt" in selectStmt &&
      (selectStmt.SelectStmt.valuesLists?.length ?? 0) > 0;
    if (place.part !== "expand" && isValues) return { locks };
    return {
      locks,
      problem: {
        consequence: isValues ? "breaks-the-running-version" : "blocks-writes",
        table,
        why: isValues
          ? "INSERT may only fill a table that this file creates: rows of others belong to the application"
          : "one transaction copies everything, and its locks are held for as long",
        instead: isValues
          ? "-- the application, or contract.sql"
          : "-- a mapping in migration.yaml, which is filled in small steps",
      },
    };
  }),
  onStatement("CopyStmt", "copy-rows", ({ relation }, place) => {
    const table = nameOf(relation);
    if (place.known.isFresh(table, originOf(place))) return null;
    return touched("COPY", relation, false);
  }),
];

function touched(what: string, relation: RangeVar | undefined, isWhole: boolean): Outcome {
  const table = nameOf(relation);
  return {
    locks: lock(table, "ROW EXCLUSIVE"),
    // With a condition an index may do.
    scans: isWhole ? [table] : [],
    problem: {
      consequence: "blocks-writes",
      table,
      why: `${what} is not accepted in a migration: one transaction keeps every row that it touches locked until its end`,
      instead: `-- migration.yaml: map the columns of ${table}, and the backfill writes rows in small steps`,
    },
  };
}
