import { catchingFunction, FAILED } from "../sync/conversion-errors.ts";
import { compare, isSame, type Comparison } from "../sql/compare.ts";
import {
  type LimitedDomain,
  domainUncut,
  holdsStored,
  printedType,
  stored,
  type StoredType,
} from "../sql/stored-type.ts";
import type { KeyColumn, KeyRange } from "../sql/key-ranges.ts";
import type { Side } from "../migration/manifest.ts";
import { syncSchema } from "../sql/names.ts";
import { every, identifier, list, sql, type Sql } from "../sql/sql.ts";
import { untouchedValue } from "../sync/sync-trigger.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";

/** A row of the table at the key of another row, of the same table or of an archive. */
export function atSameKey(mapped: Pick<MappedTable, "key">, one: string, another: string): Sql {
  return every(
    mapped.key.map(({ name, comparison }) =>
      compare(identifier(one, name), "=", identifier(another, name), comparison),
    ),
  );
}

/** Where a mapping lives. */
export interface MappedTable {
  readonly schema: string;
  readonly active: ActiveMapping;
  readonly key: readonly KeyColumn[];
  /** Type of each old column, as the catalog prints it. */
  readonly oldTypes: readonly string[];
  /**
   * How the columns of each side are compared, in their order; those of the new side as far as they
   * are there.
   */
  readonly comparisons: Readonly<Record<Side, readonly (Comparison | null)[]>>;
  /** As in the facts. */
  readonly limitedDomains: readonly LimitedDomain[];
  /** Whether the form of toNew that catches is there. */
  readonly catches: boolean;
}

/**
 * The rows to look at: of the mapping's own table as `t`, and beside each the other table's as `o`,
 * if there is one and `sides` live there.
 */
export function rowsOf(mapped: MappedTable, sides: Side | "both", range: KeyRange): Sql {
  const { kind, mapping } = mapped.active;
  return kind.rows(mapped, mapping, sides, range);
}

export function aliasOf({ active }: MappedTable, side: Side): "t" | "o" {
  return active.kind.alias(active.mapping, side);
}

export function noneOf(alias: string, columns: readonly string[]): Sql {
  return every(columns.map((column) => sql`${identifier(alias, column)} IS NULL`));
}

/** Whether nobody has written the new side of a row. */
export function untouched(mapped: MappedTable): Sql {
  const { kind, mapping } = mapped.active;
  if (kind.mayBeAbsent(mapping, "new")) return kind.isAbsent(mapping);
  return every(
    mapped.active.created.map((column, index) => {
      const field = identifier("t", column.column);
      return column.constant === null
        ? sql`${field} IS NULL`
        : isSame(field, stored(untouchedValue(column), column), mapped.comparisons.new[index] ?? null);
    }),
  );
}

/** Whether toNew would make another new side of the old one. */
export function differsFromMade(mapped: MappedTable): Sql {
  return sql`(SELECT ${newSame(mapped)} FROM ${call(mapped, "toNew", "row")}) IS NOT TRUE`;
}

/**
 * Whether the new side of a row is what toNew made; what it made counts as its column
 * would keep it.
 */
export function newSame(mapped: MappedTable): Sql {
  return every(
    newTypes(mapped).map(({ name, ...type }, index) =>
      holdsStored(
        identifier(aliasOf(mapped, "new"), name),
        identifier("made", name),
        type,
        mapped.comparisons.new[index] ?? null,
      ),
    ),
  );
}

/**
 * Whether the old side of a row is what toOld made; what it made counts as its column
 * would keep it.
 */
export function oldSame(mapped: MappedTable): Sql {
  return every(
    oldTypes(mapped).map(({ name, ...type }, index) =>
      holdsStored(
        identifier(aliasOf(mapped, "old"), name),
        identifier("back", name),
        type,
        mapped.comparisons.old[index] ?? null,
      ),
    ),
  );
}

/** A column of one side with its type. */
export interface StoringColumn extends StoredType {
  readonly name: string;
}

/** The new columns, in types that are there before expand.sql has run. */
export function newTypes({ active, limitedDomains }: MappedTable): readonly StoringColumn[] {
  return active.created.map(({ column, ...added }, index) => {
    const { type, typeName, uncut } = active.held?.[index] ?? added;
    const domain = limitedDomains.find(({ name }) => name === typeName);
    return {
      name: column,
      type,
      uncut: domain === undefined ? uncut : domainUncut(domain, type.text.endsWith("[]")),
    };
  });
}

/** The old columns. */
export function oldTypes({
  active,
  oldTypes: printed,
  limitedDomains,
}: MappedTable): readonly StoringColumn[] {
  return active.mapping.old.map((name, index) => ({
    name,
    ...printedType(printed[index] ?? "text", limitedDomains),
  }));
}

/**
 * A function in FROM, its results under the names of the columns: toNew as `made`, toOld
 * as `back`. What toNew has made reaches toOld as its columns would keep it, as that is
 * what toOld will be given.
 */
export function call(mapped: MappedTable, direction: "toNew" | "toOld", from: "row" | "made"): Sql {
  const { mapping, migration } = mapped.active;
  const created = newNames(mapped);
  const [inputs, outputs] = direction === "toNew" ? [mapping.old, created] : [created, mapping.old];
  const alias = direction === "toNew" ? sql`made` : sql`back`;
  const row = aliasOf(mapped, direction === "toNew" ? "old" : "new");
  const source = list(
    from === "row"
      ? inputs.map((column) => identifier(row, column))
      : newTypes(mapped).map(({ name, ...type }) => stored(identifier(from, name), type)),
  );
  const catches = direction === "toNew" && mapped.catches;
  const name = catches ? catchingFunction(mapped.active) : mapping[direction];
  return sql`${identifier(syncSchema(migration), name)}(${source}) AS ${alias}(${names([...outputs, ...(catches ? [FAILED] : [])])})`;
}

export function newNames(mapped: MappedTable): readonly string[] {
  return mapped.active.created.map((column) => column.column);
}

export function names(columns: readonly string[]): Sql {
  return list(columns.map((column) => identifier(column)));
}
