import type { Mapping, OtherTable } from "../migration/manifest.ts";
import type { ConstraintFacts, Facts, TableFacts } from "../state/catalog.ts";

/**
 * What the mapping's own table must be to the other one that references it, and that one to what is
 * carried over.
 */
export function moveObjections(
  mapping: Mapping,
  other: OtherTable,
  tables: Facts["tables"],
): readonly string[] {
  const table = tables[mapping.table];
  const there = tables[other.table];
  if (table === undefined) return [];
  return [
    ...referenceObjections(mapping, table, other),
    ...(there === undefined ? [] : cascadeObjections(mapping, other, there)),
    ...(there === undefined || other.side === "new" ? [] : strictnessObjections(mapping, other, there)),
  ];
}

/** A foreign key without columns points to the primary key. */
function referenceObjections({ table: name, key }: Mapping, table: TableFacts, other: OtherTable): string[] {
  return table.primaryKey.join() === key.join()
    ? []
    : [
        `the key ${key.join(", ")} must be the primary key of ${name}, which ${other.table} references: that is (${table.primaryKey.join(", ")})`,
      ];
}

/**
 * A contract may have made the foreign key a stricter one, which the version that comes
 * back would meet.
 */
function cascadeObjections({ table }: Mapping, other: OtherTable, facts: TableFacts): string[] {
  const cascades = Object.values(facts.constraints).some(
    (constraint) => isAtKey(constraint, other) && constraint.definition.includes(" ON DELETE CASCADE"),
  );
  return cascades
    ? []
    : [
        `${other.key.join(", ")} of ${other.table} must reference ${table} ON DELETE CASCADE, as the older version deletes rows of ${table} and knows nothing of ${other.table}: make it so again first`,
      ];
}

/**
 * What a contract has added since would refuse what the version that comes back may write, at the
 * end of its transaction. It is not dropped without being asked for, as whoever gives the way back
 * up could not have it again where such a value has been written.
 */
function strictnessObjections(mapping: Mapping, other: OtherTable, facts: TableFacts): string[] {
  const { table } = other;
  const mapped = mapping.old;
  const constraints = Object.entries(facts.constraints).filter(
    ([, constraint]) => constraint.type !== "p" && constraint.type !== "t" && !isAtKey(constraint, other),
  );
  const indexes = Object.entries(facts.indexes).filter(([, index]) => index.unique && !index.owned);
  const columns = Object.entries(facts.columns).filter(
    ([name, column]) =>
      column.notNull &&
      column.default === null &&
      !column.generated &&
      !column.identity &&
      !mapped.includes(name) &&
      !other.key.includes(name),
  );
  const found = [
    ...constraints.map(([name, { definition }]) => ({
      what: `constraint ${name} (${definition})`,
      remedy: `ALTER TABLE ${table} DROP CONSTRAINT ${name}`,
    })),
    ...indexes.map(([name]) => ({
      what: `unique index ${name}`,
      remedy: `DROP INDEX CONCURRENTLY ${name}`,
    })),
    ...columns.map(([name]) => ({
      what: `NOT NULL of ${name}, which has no default,`,
      remedy: `ALTER TABLE ${table} ALTER COLUMN ${name} DROP NOT NULL`,
    })),
  ];
  return found.map(
    ({ what, remedy }) =>
      `${what} of ${table} would refuse what the older version may write, as that is carried over into ${table}: ${remedy} first (the way back drops ${table} in the end)`,
  );
}

function isAtKey({ type, columns }: ConstraintFacts, other: OtherTable): boolean {
  return type === "f" && [...columns].sort().join() === [...other.key].sort().join();
}
