import type { Action } from "../sql/alter-table-action.ts";
import { newColumns } from "../migration/added-objects.ts";
import type { Facts, TableFacts } from "../state/catalog.ts";
import { name, names } from "../lint/sql-text.ts";
import { columnsOf, homeOf, type Mapping } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { restoredBy } from "../sql/names.ts";
import { droppedColumns, reducedTables } from "../restore/part.ts";
import type { ProtectionAsked } from "./asked.ts";

/** What PostgreSQL drops without a word together with a column. */
interface Lost {
  readonly table: string;
  readonly name: string;
  readonly kind: "check" | "unique" | "exclusion" | "foreign" | "index";
  readonly columns: readonly string[];
  readonly definition: string;
  /** Whether a constraint, rather than an index without one. */
  readonly isConstraint: boolean;
  /** Mappings of which it loses an old column. */
  readonly mappings: readonly Mapping[];
}

const KINDS: Readonly<Record<string, Lost["kind"]>> = {
  c: "check",
  u: "unique",
  x: "exclusion",
  f: "foreign",
};

/** Why a guarantee that the application has would end with a column that contract.sql drops. */
export function lostGuarantees({ migration, facts: { tables }, ledger }: ProtectionAsked): readonly string[] {
  const isBegun = ledger.migrations[migration.id] !== undefined;
  return lost(migration, tables)
    .filter((one) => one.kind !== "index" && isUnmet(one, migration, tables))
    .map((one) => {
      const [mapping] = one.mappings;
      const fresh = mapping === undefined ? [] : columnsOf(mapping, "new");
      return `${describe(one)} goes with ${goneOf(one, migration)} when contract drops that, and nothing of the kind stands on ${fresh.join(", ")}. ${isBegun ? "Run now, or add to contract.sql," : "Add to contract.sql"} ${counterpart(one, mapping)}; or, where it is to go, ${removal(one)}`;
    });
}

/** What else goes with columns that contract.sql drops. */
export function lossNotes(migration: Migration, tables: Facts["tables"]): readonly string[] {
  return lost(migration, tables)
    .filter(
      (one) =>
        !isReplaced(one, migration, tables) && (one.kind === "index" || !isUnmet(one, migration, tables)),
    )
    .map((one) => `${describe(one)} goes with ${goneOf(one, migration)} when contract drops that`);
}

function lost(migration: Migration, tables: Facts["tables"]): readonly Lost[] {
  // The way back of a migration brings back what had been lost, and nobody relies on the
  // rest any more.
  if (restoredBy(migration.id) !== null) return [];
  return reducedTables(migration).flatMap((table) => {
    const facts = tables[table];
    if (facts === undefined) return [];
    const gone = droppedColumns(migration, table);
    const named = droppedByName(migration, table);
    const mappingsOf = (columns: readonly string[]) =>
      migration.mappings.filter(
        (mapping) =>
          homeOf(mapping, "old").table === table &&
          mapping.old.some((column) => columns.includes(column) && gone.includes(column)),
      );
    return parts(facts)
      .filter((part) => part.columns.some((column) => gone.includes(column)) && !named.includes(part.name))
      .map((part) => ({ ...part, table, mappings: mappingsOf(part.columns) }));
  });
}

function parts({ constraints, indexes }: TableFacts): readonly Omit<Lost, "table" | "mappings">[] {
  return [
    ...Object.entries(constraints).flatMap(([name, { type, columns, definition }]) => {
      const kind = KINDS[type];
      return kind === undefined ? [] : [{ name, kind, columns, definition, isConstraint: true }];
    }),
    ...Object.entries(indexes).flatMap(([name, { owned, unique, columns, definition }]) =>
      owned
        ? []
        : [
            {
              name,
              kind: unique ? ("unique" as const) : ("index" as const),
              columns,
              definition,
              isConstraint: false,
            },
          ],
    ),
  ];
}

/** Constraints and indexes that contract.sql drops by their names, so that their loss is meant. */
function droppedByName({ contract }: Migration, table: string): readonly string[] {
  return contract.flatMap(({ effect }) => {
    if (effect.kind === "drop") return effect.type === "OBJECT_INDEX" ? effect.names : [];
    if (effect.kind !== "alter-table" || effect.table.name !== table) return [];
    return effect.actions.flatMap((action) => (action.kind === "drop-constraint" ? [action.constraint] : []));
  });
}

function isUnmet(one: Lost, migration: Migration, tables: Facts["tables"]): boolean {
  return (
    one.mappings.length > 0 &&
    !isReplaced(one, migration, tables) &&
    one.mappings.every((mapping) => !isOfOldForm(one, mapping, migration, tables))
  );
}

/** Whether something of the kind stands on new columns, or will. */
function isReplaced(one: Lost, migration: Migration, tables: Facts["tables"]): boolean {
  return one.mappings.some(
    (mapping) =>
      isWritten(one, mapping, migration) ||
      isThere(one, mapping, tables) ||
      (isNotNull(one.definition) && mapping.new.some((column) => column.required)),
  );
}

/** Whether expand.sql or contract.sql makes something of the kind on the new columns. */
function isWritten({ kind }: Lost, mapping: Mapping, migration: Migration): boolean {
  const { table } = homeOf(mapping, "new");
  const fresh = columnsOf(mapping, "new");
  const concerns = (columns: readonly string[]) => columns.some((column) => fresh.includes(column));
  const isOfKind = (action: Action) => {
    if (action.kind === "add-column") return action.constrained && fresh.includes(action.column);
    if (action.kind !== "add-constraint") return false;
    if (action.type === "exclusion") return kind === "exclusion";
    return action.type === kind && concerns(action.columns);
  };
  const isInline = newColumns(migration, table).some(isOfKind);
  return (
    isInline ||
    [...migration.expand, ...migration.contract].some(({ effect }) => {
      if (effect.kind === "create-index")
        return (
          effect.table.name === table &&
          (effect.unique || kind === "index") &&
          concerns(effect.columns) &&
          kind !== "check" &&
          kind !== "foreign"
        );
      return effect.kind === "alter-table" && effect.table.name === table && effect.actions.some(isOfKind);
    })
  );
}

/** Whether the catalog shows something of the kind on the new columns already. */
function isThere({ kind }: Lost, mapping: Mapping, tables: Facts["tables"]): boolean {
  const facts = tables[homeOf(mapping, "new").table];
  if (facts === undefined) return false;
  const fresh = columnsOf(mapping, "new");
  return parts(facts).some(
    (part) =>
      (part.kind === kind || (kind === "index" && part.kind === "unique")) &&
      part.columns.some((column) => fresh.includes(column)) &&
      // The check that stands for NOT NULL until contract.
      !isNotNull(part.definition),
  );
}

/**
 * Whether a check of old columns alone has no words for the new ones, which are of another number
 * or type.
 */
function isOfOldForm(
  { kind, columns, table }: Lost,
  mapping: Mapping,
  migration: Migration,
  tables: Facts["tables"],
): boolean {
  if (kind !== "check" || columns.some((column) => !mapping.old.includes(column))) return false;
  if (mapping.old.length !== mapping.new.length) return true;
  const old = columns.map((column) => familyOf(tables[table]?.columns[column]?.type ?? ""));
  const fresh = newColumns(migration, homeOf(mapping, "new").table)
    .filter(({ column }) => columnsOf(mapping, "new").includes(column))
    .map((column) => familyOf(column.typeName));
  return fresh.length > 0 && fresh.every((family) => !old.includes(family));
}

/** As PostgreSQL prints the check that proves NOT NULL. */
function isNotNull(definition: string): boolean {
  return /^CHECK \(\(("[^"]+"|[^\s()]+) IS NOT NULL\)\)/.test(definition);
}

/** Types whose values a check may be about in the same words. */
function familyOf(type: string): string {
  const [base = ""] = type.split("(");
  if (/^(text|varchar|bpchar|character( varying)?|citext|name)$/.test(base.trim())) return "text";
  if (
    /^(int[248]|smallint|integer|bigint|numeric|decimal|float[48]|real|double precision)$/.test(base.trim())
  )
    return "number";
  if (/^(date|timestamp.*)$/.test(base.trim())) return "moment";
  return base.trim();
}

function describe({ isConstraint, kind, name: own, definition, table }: Lost): string {
  if (isConstraint) return `constraint ${own} (${definition}) of ${table}`;
  return `${kind === "unique" ? "unique index" : "index"} ${own} (${definition.replace(/^.* USING /, "")}) of ${table}`;
}

function goneOf({ columns, table }: Lost, migration: Migration): string {
  return columns.filter((column) => droppedColumns(migration, table).includes(column)).join(", ");
}

function counterpart({ kind, columns, table, name: own }: Lost, mapping: Mapping | undefined): string {
  if (mapping === undefined) return "";
  const to = homeOf(mapping, "new").table;
  const rest = to === table ? columns.filter((column) => !mapping.old.includes(column)) : [];
  const keys = names([...rest, ...columnsOf(mapping, "new")]);
  const place = name(`${own}_new`.slice(0, 63));
  if (kind === "unique") return `CREATE UNIQUE INDEX CONCURRENTLY ${place} ON ${name(to)} (${keys})`;
  const add = `ALTER TABLE ${name(to)} ADD CONSTRAINT ${place}`;
  if (kind === "foreign")
    return `${add} FOREIGN KEY (${keys}) REFERENCES … NOT VALID, then VALIDATE CONSTRAINT`;
  return kind === "check" ? `${add} CHECK (…) NOT VALID, then VALIDATE CONSTRAINT` : `${add} EXCLUDE USING …`;
}

function removal({ isConstraint, table, name: own }: Lost): string {
  return isConstraint
    ? `ALTER TABLE ${name(table)} DROP CONSTRAINT ${name(own)}`
    : `DROP INDEX CONCURRENTLY ${name(own)}`;
}
