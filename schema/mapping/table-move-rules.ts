import type { Constraint, CreateStmt } from "libpg-query";
import { newColumns } from "../migration/added-objects.ts";
import type { Mapping, OtherTable } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { constraintsOf, listed } from "../sql/parse-tree.ts";

/**
 * What a table must be like that takes columns over from another one; empty for a mapping within
 * one table.
 */
export function moveErrors(mapping: Mapping, migration: Migration): readonly string[] {
  const { other, table } = mapping;
  if (other === undefined) return [];
  const place = `migration.yaml: mapping of ${table}`;
  if (other.side === "old")
    return [
      `${place}: oldTable is for the way back of a mapping with newTable, which is made of that: columns that go to a table that is there already need a release in which the application writes both`,
    ];
  const created = creationOf(other.table, migration);
  if (created === undefined)
    return [
      `${place}: expand.sql must create ${other.table}, so that nothing else decides which rows it has: it does not`,
    ];
  const isFilled = migration.expand.some(
    ({ effect }) => effect.kind === "insert" && effect.table.name === other.table,
  );
  const isOrdinary = created.relation?.relpersistence === "p" && created.partspec === undefined;
  const rivals = migration.mappings.filter((one) => one.other?.table === other.table);
  return [
    ...(rivals[0] === mapping || rivals.length < 2
      ? []
      : [
          `${place}: one mapping decides which rows ${other.table} has: map all columns that move there in one`,
        ]),
    ...(isOrdinary
      ? []
      : [`${place}: ${other.table} must be an ordinary table, neither partitioned nor without a log`]),
    ...(isFilled
      ? [
          `${place}: expand.sql must leave ${other.table} empty: the backfill fills it, and nobody's write is missed`,
        ]
      : []),
    ...keyErrors(place, mapping, other, constraintsIn(created)),
    ...columnErrors(place, mapping, other, migration),
    ...constraintErrors(place, other, migration, constraintsIn(created)),
  ];
}

/** Notes for people; nothing that keeps a migration from being run. */
export function moveNotes({ table, other }: Mapping): readonly string[] {
  return other === undefined
    ? []
    : [
        `migration.yaml: two versions that write one row at the same moment lock ${table} and ${other.table} in opposite orders: PostgreSQL ends one of the two with "deadlock detected", and both versions must try such a transaction again`,
      ];
}

/** A constraint with the columns that it stands at. */
interface Standing {
  readonly constraint: Constraint;
  readonly columns: readonly string[];
}

function keyErrors(
  place: string,
  { table, key }: Mapping,
  other: OtherTable,
  constraints: readonly Standing[],
): string[] {
  const isKey = ({ columns }: Standing) => columns.join() === other.key.join();
  const primary = constraints.some((one) => one.constraint.contype === "CONSTR_PRIMARY" && isKey(one));
  const reference = constraints.find(
    (one) =>
      one.constraint.contype === "CONSTR_FOREIGN" && isKey(one) && one.constraint.pktable?.relname === table,
  );
  const target = listed(reference?.constraint.pk_attrs);
  const names = other.key.join(", ");
  return [
    ...(primary ? [] : [`${place}: ${names} must be the primary key of ${other.table}`]),
    ...(reference !== undefined &&
    reference.constraint.fk_del_action === "c" &&
    (target.length === 0 || target.join() === key.join())
      ? []
      : [
          `${place}: ${names} of ${other.table} must reference ${table} (${key.join(", ")}) ON DELETE CASCADE, as the old version deletes rows of ${table} and knows nothing of ${other.table}`,
        ]),
  ];
}

/** The old version's writes make rows of the table, and give its mapped columns only. */
function columnErrors(place: string, mapping: Mapping, other: OtherTable, migration: Migration): string[] {
  return newColumns(migration, other.table)
    .filter(({ column }) => !other.key.includes(column))
    .flatMap((column) => {
      const name = `${other.table}.${column.column}`;
      const mapped = mapping.new.find((one) => one.name === column.column);
      if (mapped === undefined) {
        return column.notNull && column.filling === "none"
          ? [
              `${place}: ${name} must have a default or allow NULL, as the old version's rows have no value for it`,
            ]
          : [];
      }
      if (column.filling === "generated") return [`${place}: ${name} is generated, so it cannot be written`];
      return column.notNull && !mapped.required
        ? [`${place}: ${name} is NOT NULL in expand.sql: call it required, or let it be NULL`]
        : [];
    });
}

function constraintErrors(
  place: string,
  other: OtherTable,
  migration: Migration,
  constraints: readonly Standing[],
): string[] {
  const created = constraints.filter(
    ({ constraint, columns }) =>
      ["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_EXCLUSION", "CONSTR_FOREIGN"].includes(
        constraint.contype ?? "",
      ) && !(constraint.contype === "CONSTR_FOREIGN" && columns.join() === other.key.join()),
  );
  const added = migration.expand.flatMap(({ effect }) =>
    effect.kind === "alter-table" && effect.table.name === other.table
      ? effect.actions.filter(({ kind }) => kind === "add-constraint")
      : [],
  );
  const constrained = newColumns(migration, other.table).filter(
    (column) => column.constrained && !other.key.includes(column.column),
  );
  return created.length + added.length + constrained.length === 0
    ? []
    : [
        `${place}: a constraint of ${other.table} would refuse what the old version may write, besides its key and NOT NULL of required columns: add it in contract.sql, NOT VALID first`,
      ];
}

function creationOf(table: string, migration: Migration): CreateStmt | undefined {
  return migration.expand
    .flatMap(({ tree }) => ("CreateStmt" in tree ? [tree.CreateStmt] : []))
    .find(({ relation }) => relation?.relname === table);
}

function constraintsIn(created: CreateStmt): readonly Standing[] {
  return [...(created.tableElts ?? []), ...(created.constraints ?? [])].flatMap((element): Standing[] => {
    if ("Constraint" in element) {
      const { keys, fk_attrs } = element.Constraint;
      return [
        {
          constraint: element.Constraint,
          columns: [...listed(keys), ...listed(fk_attrs)],
        },
      ];
    }
    if (!("ColumnDef" in element)) return [];
    const { colname = "" } = element.ColumnDef;
    return constraintsOf(element.ColumnDef).map((constraint) => ({ constraint, columns: [colname] }));
  });
}
