import type { Node, RangeVar } from "libpg-query";
import { isAttached } from "../../../migration/attached-objects.ts";
import { listed, nameOf, nameParts } from "../../../sql/parse-tree.ts";
import { lock, onStatement, type Outcome, type Place, type Rule } from "../../rule.ts";
import { whole } from "../../sql-text.ts";

export const rightRules: readonly Rule[] = [
  onStatement("GrantStmt", "revoke", ({ is_grant, grant_option, targtype, objects, objtype }, place) => {
    // Without its option a right stays what it is for whoever has it.
    if (is_grant || grant_option || place.part !== "expand") return null;
    const named = (objects ?? []).map(nameIn);
    const isOwn = targtype === "ACL_TARGET_OBJECT" && named.every((name) => isMade(name, place));
    if (isOwn) return null;
    return {
      problem: {
        consequence: "breaks-the-running-version",
        table: objtype === "OBJECT_TABLE" && named.length === 1 ? (named[0] ?? null) : null,
        why: `the old version may need what is taken away of ${named.join(", ")}`,
        instead: `-- contract.sql\n${whole(place.statement)}`,
      },
    };
  }),
  {
    id: "policy-in-use",
    examine: (place) => {
      const { tree } = place.statement;
      if ("CreatePolicyStmt" in tree) return [policy(tree.CreatePolicyStmt.table, place)];
      return "AlterPolicyStmt" in tree ? [policy(tree.AlterPolicyStmt.table, place)] : [];
    },
  },
  onStatement("DropStmt", "drop-policy", ({ removeType, objects }) =>
    removeType === "OBJECT_POLICY"
      ? { locks: lock((objects ?? []).flatMap(nameParts).at(-2) ?? "", "ACCESS EXCLUSIVE") }
      : null,
  ),
];

/**
 * A policy on a table that this file makes protects it from its first row on; on any other it
 * changes what the old version sees and may write.
 */
function policy(range: RangeVar | undefined, place: Place): Outcome {
  const table = nameOf(range);
  const locks = lock(table, "ACCESS EXCLUSIVE");
  const isEarly =
    place.part === "expand" && !place.migration.expand.some(({ tree }) => madeBy(tree) === table);
  if (!isEarly || isAttached(place.statement, place.migration)) return { locks };
  return {
    locks,
    problem: {
      consequence: "breaks-the-running-version",
      table,
      why: `expand.sql may give policies only to tables that it creates: on ${table} this changes which rows the old version sees and may write`,
      instead: `-- contract.sql, or a release of its own in which both versions can live with it\n${whole(place.statement)}`,
    },
  };
}

function nameIn(object: Node): string {
  if ("RangeVar" in object) return nameOf(object.RangeVar);
  const path = "ObjectWithArgs" in object ? listed(object.ObjectWithArgs.objname) : nameParts(object);
  return path.at(-1) ?? "";
}

/** Whether this file makes what the name stands for, so that the old version has no use for it. */
function isMade(name: string, { migration }: Place): boolean {
  return migration.expand.some(({ tree }) => madeBy(tree) === name);
}

/**
 * The last part of the name of what a statement makes; null: it makes nothing, or may replace what
 * is there.
 */
function madeBy(tree: Node): string | null {
  if ("CreateStmt" in tree) return nameOf(tree.CreateStmt.relation);
  if ("CreateTableAsStmt" in tree) return nameOf(tree.CreateTableAsStmt.into?.rel);
  if ("CreateSeqStmt" in tree) return nameOf(tree.CreateSeqStmt.sequence);
  if ("CompositeTypeStmt" in tree) return nameOf(tree.CompositeTypeStmt.typevar);
  if ("ViewStmt" in tree && !tree.ViewStmt.replace) return nameOf(tree.ViewStmt.view);
  const path =
    "CreateFunctionStmt" in tree && !tree.CreateFunctionStmt.replace
      ? tree.CreateFunctionStmt.funcname
      : "CreateEnumStmt" in tree
        ? tree.CreateEnumStmt.typeName
        : "CreateRangeStmt" in tree
          ? tree.CreateRangeStmt.typeName
          : "CreateDomainStmt" in tree
            ? tree.CreateDomainStmt.domainname
            : [];
  return listed(path).at(-1) ?? null;
}
