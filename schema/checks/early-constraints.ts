import type { Node } from "libpg-query";
import { typeOf } from "../sync/conversion-outcome.ts";
import type { Effect } from "../sql/statement-effect.ts";
import type { Facts } from "../state/catalog.ts";
import { copiedType } from "../expressions/function-outcome.ts";
import { homeOf } from "../migration/manifest.ts";
import type { Asked } from "../protection/asked.ts";
import { listed, plainColumns } from "../sql/parse-tree.ts";
import { activeMappings } from "../mapping/active-mappings.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";

/*
 * What expand.sql asks of a new mapped column is asked of the old version's writes too: the trigger
 * writes there for it, and the form that catches knows of types only.
 */

/** A unique index or constraint on the new side, which the old side must have had as well. */
export function earlyUniqueness({ migration, facts }: Asked): string[] {
  return migration.expand.flatMap(({ effect, tree, file, line }) => {
    if (effect.kind !== "create-index" && effect.kind !== "alter-table") return [];
    const home = effect.table.name;
    return keysIn(effect, tree).flatMap(({ what, columns, plain }) =>
      activeMappings(migration).flatMap((active) => {
        const { mapping } = active;
        const mapped = mapping.new.map(({ name }) => name).filter((name) => columns.includes(name));
        if (homeOf(mapping, "new").table !== home || mapped.length === 0) return [];
        const isUnique =
          isKeyAmong(facts, home, plain) ||
          (mapped.every((column) => plain.includes(column)) &&
            copiesValue(active, facts) &&
            isKeyAmong(facts, homeOf(mapping, "old").table, mapping.old));
        return isUnique
          ? []
          : [
              `${file}:${line}: ${what} on ${mapped.join(", ")} would refuse what the old version may write, as ${mapping.old.join(", ")} is not unique, or is not copied as it is: create it CONCURRENTLY in contract.sql`,
            ];
      }),
    );
  });
}

interface Key {
  readonly what: string;
  readonly columns: readonly string[];
  /**
   * Those that are compared as they are; none where one NULL equals another, as every row has one
   * there at first.
   */
  readonly plain: readonly string[];
}

/** What a statement makes unique. */
function keysIn(effect: Effect, tree: Node): readonly Key[] {
  if (effect.kind === "create-index" && effect.unique && "IndexStmt" in tree) {
    const plain = tree.IndexStmt.nulls_not_distinct ? [] : plainColumns(tree.IndexStmt);
    return [{ what: `unique index ${effect.index ?? ""}`, columns: effect.columns, plain }];
  }
  if (effect.kind !== "alter-table" || !("AlterTableStmt" in tree)) return [];
  return (tree.AlterTableStmt.cmds ?? []).flatMap((node) => {
    const { def } = "AlterTableCmd" in node ? node.AlterTableCmd : {};
    if (def === undefined || !("Constraint" in def)) return [];
    const { contype, conname, keys, nulls_not_distinct } = def.Constraint;
    if (contype !== "CONSTR_UNIQUE" && contype !== "CONSTR_PRIMARY") return [];
    const columns = listed(keys);
    return [{ what: `constraint ${conname ?? ""}`, columns, plain: nulls_not_distinct ? [] : columns }];
  });
}

/** Whether no two rows of a table may be equal in these columns. */
function isKeyAmong(facts: Facts, table: string, columns: readonly string[]): boolean {
  const keys = facts.tables[table]?.keys ?? [];
  return keys.some((key) => key.every((column) => columns.includes(column)));
}

/** Checks, foreign keys and the like on the new side, also where lint was told to allow them. */
export function earlyConstraints({ migration }: Asked): string[] {
  return migration.expand.flatMap(({ effect, file, line }) => {
    if (effect.kind !== "alter-table") return [];
    const mapped = migration.mappings
      .filter((mapping) => homeOf(mapping, "new").table === effect.table.name)
      .flatMap((mapping) => mapping.new.map(({ name }) => name));
    return effect.actions.flatMap((action) => {
      const columns =
        action.kind === "add-constraint" && !isKey(action.type)
          ? action.columns
          : action.kind === "add-column" && action.constrained
            ? [action.column]
            : [];
      const early = columns.filter((column) => mapped.includes(column));
      return early.length === 0
        ? []
        : [
            `${file}:${line}: a constraint on ${early.join(", ")} would refuse what the old version may write, as the trigger writes it there: add it in contract.sql`,
          ];
    });
  });
}

/** Whether a constraint is one that `earlyUniqueness` judges. */
function isKey(type: string): boolean {
  return ["unique", "primary"].includes(type);
}

/**
 * Whether the new column holds the old value itself, so that two that differ differ there as well.
 */
function copiesValue({ mapping, created, makes }: ActiveMapping, { tables }: Facts): boolean {
  const [column] = created;
  const [old = ""] = mapping.old;
  const type = makes && copiedType(makes);
  const from = tables[homeOf(mapping, "old").table]?.columns[old];
  return (
    column !== undefined &&
    column.exact &&
    column.typeName === type &&
    typeOf(column).limits.length === 0 &&
    column.constant === null &&
    from?.exact === true
  );
}
