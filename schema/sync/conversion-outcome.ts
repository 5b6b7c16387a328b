import type { AddedColumn } from "../sql/alter-table-action.ts";
import type { ColumnFacts, Facts } from "../state/catalog.ts";
import { heldBy, outcomeOf, printedDeclaration } from "../expressions/function-outcome.ts";
import { converted, TEXTS, type DeclaredType, type KnownValue } from "../expressions/known-value.ts";
import { homeOf } from "../migration/manifest.ts";
import type { ActiveMapping } from "./mapping-kind.ts";

/** What may become of what the old version writes. */
export interface Carrying {
  /** Whether toNew may raise for it, or may make what its new column refuses. */
  readonly mayFail: boolean;
  /** New columns that require a value and may get none. */
  readonly mayLack: readonly string[];
}

/**
 * What a mapping can do to a value that the old version may write, as far as that is known without
 * trying: from sync.sql, expand.sql and the old columns' types. Where a mapping moves columns, one
 * that has no value may have no row, so nothing of it is required.
 */
export function carryingOf(active: ActiveMapping, tables: Facts["tables"]): Carrying {
  const { mapping, created, makes } = active;
  const columns = tables[homeOf(mapping, "old").table]?.columns ?? {};
  const given = mapping.old.map((name) => {
    const column = columns[name];
    return column && heldBy(isOrdinary(column) ? printedDeclaration(column.type) : UNKNOWN, !column.notNull);
  });
  const required = mapping.new.filter((column) => column.required).map((column) => column.name);
  const made = makes === undefined ? null : outcomeOf(makes, given);
  if (made === null) return { mayFail: true, mayLack: required };
  const kept = created.map((column, index) => keptBy(column, made[index]));
  return {
    mayFail: kept.some((value) => value === null),
    mayLack: created
      .filter(({ column }, index) => required.includes(column) && (kept[index]?.mayBeNull ?? true))
      .map(({ column }) => column),
  };
}

const UNKNOWN: DeclaredType = { name: "", isArray: false, limits: [] };

/**
 * Whether a text is under a collation that takes patterns and searches: one under which different
 * texts may be equal does not.
 */
function isOrdinary({ type, collation, exact }: ColumnFacts): boolean {
  return collation === null || (exact && TEXTS.includes(printedDeclaration(type).name));
}

/** The value as a column keeps it; null where the column may refuse it. */
function keptBy(column: AddedColumn, value: KnownValue | undefined): KnownValue | null {
  if (value === undefined || column.constrained) return null;
  const kept = converted(value, typeOf(column), false);
  return kept !== null && column.notNull && kept.mayBeNull ? null : kept;
}

/** A type as expand.sql wrote it. */
export function typeOf({ type, typeName }: Pick<AddedColumn, "type" | "typeName">): DeclaredType {
  const [, limits] = /\(([-\d, ]+)\)/.exec(type.text) ?? [];
  return {
    name: typeName,
    isArray: type.text.endsWith("[]"),
    limits: limits === undefined ? [] : limits.split(",").map(Number),
  };
}
