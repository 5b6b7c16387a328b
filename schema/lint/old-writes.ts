import type { Constraint, IndexStmt, Node } from "libpg-query";
import type { AddedColumn } from "../sql/alter-table-action.ts";
import { addedColumns } from "../migration/added-objects.ts";
import { homeOf } from "../migration/manifest.ts";
import { columnsIn, listed, nameOf, plainColumns } from "../sql/parse-tree.ts";
import { conjuncts, provenBy } from "./conjuncts.ts";
import { originOf, type Place } from "./rule.ts";

/**
 * Whether a constraint that expand.sql adds may refuse what the old version writes: NOT VALID
 * spares the rows that are there, and no write. One that takes in a column which this migration
 * adds is the new version's: the old one leaves NULL there, which almost any constraint accepts.
 */
export function refusesOldWrites(constraint: Constraint, table: string, place: Place): boolean {
  if (place.part !== "expand" || place.known.isFresh(table, originOf(place))) return false;
  const { contype, keys, fk_attrs, fk_matchtype, exclusions, indexname, raw_expr } = constraint;
  const isNew = (column: string) => addedTo(table, place).has(column);
  switch (contype) {
    case "CONSTR_CHECK":
      return (
        !isAttached(table, place) &&
        conjuncts(raw_expr).some((condition) => isRefusing(condition, table, place))
      );
    case "CONSTR_NOTNULL":
      return listed(keys).some((column) => isOpen(column, table, place));
    case "CONSTR_FOREIGN":
      // MATCH FULL refuses a NULL beside a value.
      return fk_matchtype === "f" ? !listed(fk_attrs).every(isNew) : !listed(fk_attrs).some(isNew);
    case "CONSTR_EXCLUSION":
      return !columnsIn(exclusions).some(isNew);
    case "CONSTR_PRIMARY":
    case "CONSTR_UNIQUE": {
      const isPrimary = contype === "CONSTR_PRIMARY";
      if (indexname !== undefined) {
        // The index itself refuses no more than before, and of most keys that are not known the
        // columns are NOT NULL.
        const columns = place.known.indexes.get(indexname)?.columns ?? [];
        const isNullable = (column: string) =>
          place.known.tables.get(table)?.columns.get(column)?.notNull === false;
        return isPrimary && columns.some((column) => isNullable(column) && isOpen(column, table, place));
      }
      const columns = listed(keys);
      const isNullRefused = isPrimary && columns.some((column) => isOpen(column, table, place));
      const key: Key = {
        columns,
        plain: columns,
        predicate: [],
        isNullEqual: constraint.nulls_not_distinct ?? false,
      };
      return isNullRefused || isNewKey(key, table, place);
    }
    default:
      return false;
  }
}

/** Whether a unique index that expand.sql builds may refuse what the old version writes. */
export function indexRefusesOldWrites(index: IndexStmt, place: Place): boolean {
  const table = nameOf(index.relation);
  // Nobody writes a materialized view.
  const isUsed = !place.known.isFresh(table, originOf(place)) && !place.known.views.has(table);
  if (place.part !== "expand" || !(index.unique ?? false) || !isUsed) return false;
  const key: Key = {
    columns: columnsIn(index.indexParams),
    plain: plainColumns(index),
    predicate: columnsIn(index.whereClause),
    isNullEqual: index.nulls_not_distinct ?? false,
  };
  return isNewKey(key, table, place) || isOnMapped(key, table, place);
}

/**
 * Whether what the old version writes to an old column has to be unique in the new one, though it
 * did not in the old; the primary key beside it settles that.
 */
function isOnMapped({ columns, plain, predicate }: Key, table: string, { migration, known }: Place): boolean {
  const isUnique = (home: string, among: readonly string[]) =>
    [...known.indexes.values()].some(
      (index) =>
        index.unique && index.table === home && index.columns.every((column) => among.includes(column)),
    );
  return migration.mappings.some((mapping) => {
    const mapped = mapping.new.map(({ name }) => name);
    const used = [...columns, ...predicate].filter((column) => mapped.includes(column));
    if (homeOf(mapping, "new").table !== table || used.length === 0 || isUnique(table, plain)) return false;
    const isPlain = used.every((column) => plain.includes(column) || predicate.includes(column));
    return !isPlain || !isUnique(homeOf(mapping, "old").table, mapping.old);
  });
}

interface Key {
  readonly columns: readonly string[];
  /** Those that are compared as they are. */
  readonly plain: readonly string[];
  /** Columns of the condition under which a row counts. */
  readonly predicate: readonly string[];
  /** Whether one NULL equals another. */
  readonly isNullEqual: boolean;
}

/** Whether two rows that the old version may write today would be one too many. */
function isNewKey({ columns, plain, predicate, isNullEqual }: Key, table: string, place: Place): boolean {
  const added = addedTo(table, place);
  const isSetApart = (column: string) => {
    const filling = added.get(column)?.filling;
    // A constant is the same in every row of the old version.
    return filling !== undefined && filling !== "constant" && !(isNullEqual && filling === "none");
  };
  if (columns.some(isSetApart) || predicate.some((column) => added.has(column))) return false;
  const isKnownKey = [...place.known.indexes.values()].some(
    (index) =>
      index.unique && index.table === table && index.columns.every((column) => plain.includes(column)),
  );
  return isNullEqual || !isKnownKey;
}

function isRefusing(condition: Node, table: string, place: Place): boolean {
  const proven = provenBy(condition);
  if (proven !== null) return isOpen(proven, table, place);
  const added = addedTo(table, place);
  return !columnsIn(condition).some((column) => added.has(column));
}

/** Whether the old version may leave a column NULL; one that is mapped has a rule of its own. */
function isOpen(column: string, table: string, place: Place): boolean {
  const added = addedTo(table, place).get(column);
  if (added === undefined) return !place.known.isProven(table, column);
  const isMapped = place.migration.mappings.some(
    (mapping) => homeOf(mapping, "new").table === table && mapping.new.some(({ name }) => name === column),
  );
  return added.filling === "none" && !isMapped;
}

/**
 * Whether the file makes the table a partition, whose bound says the same as the check before it.
 */
function isAttached(table: string, { migration }: Place): boolean {
  return migration.expand.some(
    ({ tree }) =>
      "AlterTableStmt" in tree &&
      (tree.AlterTableStmt.cmds ?? []).some((node) => {
        const { def, subtype } = "AlterTableCmd" in node ? node.AlterTableCmd : {};
        const isAttach = subtype === "AT_AttachPartition" && def !== undefined && "PartitionCmd" in def;
        return isAttach && nameOf(def.PartitionCmd.name) === table;
      }),
  );
}

function addedTo(table: string, { migration }: Place): ReadonlyMap<string, AddedColumn> {
  return new Map(addedColumns(migration, table).map((column) => [column.column, column]));
}
