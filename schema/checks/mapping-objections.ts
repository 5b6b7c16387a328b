import { addedColumns, createdTables } from "../migration/added-objects.ts";
import type { ColumnFacts, TableFacts } from "../state/catalog.ts";
import { kindOf } from "../mapping/kinds.ts";
import { columnsOf, homeOf, homesOf, type Mapping, type Side } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import type { Asked } from "../protection/asked.ts";
import { parentsOf } from "../sql/parse-tree.ts";

/** Columns that another unfinished migration adds, drops or creates have no settled form yet. */
export function rivalMappings({ migration, others }: Asked): string[] {
  return migration.mappings.flatMap((mapping) => {
    const { table: place } = homeOf(mapping, "old");
    const what = `${place}.${mapping.old.join(", ")}`;
    const earlier = others.find(
      (other) =>
        createdTables(other).includes(mapping.table) ||
        addedColumns(other, place).some((action) => mapping.old.includes(action.column)),
    );
    if (earlier !== undefined)
      return [`${what} is added by ${earlier.id}, which is not finished: release that one first`];
    const rival = others.find((other) =>
      other.mappings.some(
        (one) => homeOf(one, "old").table === place && one.old.some((column) => mapping.old.includes(column)),
      ),
    );
    if (rival !== undefined)
      return [
        `${what} is mapped by ${rival.id} too, which is not finished and will drop it: release that one first`,
      ];
    return createdTables(migration).includes(mapping.table)
      ? [`${mapping.table} is created by the same migration: there is nothing to map yet`]
      : [];
  });
}

/**
 * What a mapped table must be, so that its key leads to every row and its columns can be dropped. A
 * table that does not exist is not judged.
 */
export function mappedTables({ migration, facts }: Asked): string[] {
  return migration.mappings.flatMap(homesOf).flatMap(({ table: name, key }) => {
    const table = facts.tables[name];
    return table === undefined ? [] : tableObjections({ table: name, key }, table);
  });
}

/** What the mapping's own table must be to the other one that references it. */
export function references({ migration, facts }: Asked): string[] {
  return migration.mappings.flatMap((mapping) => kindOf(mapping).objections(mapping, facts.tables));
}

/** Children that the migration itself makes of a mapped table. */
export function createdChildren({ migration }: Asked): string[] {
  return migration.mappings.flatMap((mapping) => childrenIn(mapping, migration));
}

/** What an old column must be to be carried over, and to be dropped in the end. */
export function oldColumns({ migration, facts }: Asked): string[] {
  return migration.mappings.flatMap((mapping) => {
    const home = facts.tables[homeOf(mapping, "old").table];
    return home === undefined ? [] : columnObjections(mapping, home);
  });
}

/** The old columns have been there from the beginning. */
export function missingOldColumns(asked: Asked): string[] {
  return missingColumns(asked, "old");
}

/** What expand.sql has added for a mapping must still be there. */
export function missingNewColumns(asked: Asked): string[] {
  return missingColumns(asked, "new");
}

function missingColumns({ migration, facts }: Asked, side: Side): string[] {
  return migration.mappings.flatMap((mapping) => {
    const { table: place } = homeOf(mapping, side);
    const columns = facts.tables[place]?.columns;
    if (columns === undefined) return [];
    return columnsOf(mapping, side)
      .filter((name) => columns[name] === undefined)
      .map(
        (name) =>
          `the ${side} column ${place}.${name} does not exist: the table has ${Object.keys(columns).join(", ")}`,
      );
  });
}

function tableObjections(mapping: Pick<Mapping, "table" | "key">, table: TableFacts): string[] {
  const { table: name, key } = mapping;
  const objections: string[] = [];
  if (table.kind !== "r")
    objections.push(`${name} must be an ordinary table: it is ${KINDS[table.kind] ?? "of another kind"}`);
  else if (table.isPartition)
    objections.push(
      `${name} must be an ordinary table: it is a partition of ${table.parents.join(", ")}. ${UNMAPPED_PARTITIONS}`,
    );
  if (table.kind !== "p" && table.children.length > 0)
    objections.push(childrenObjection(name, table.children));
  const missing = key.filter((column) => table.columns[column] === undefined);
  if (missing.length > 0) objections.push(`the key column ${missing.join(", ")} of ${name} does not exist`);
  else if (table.keys.length === 0) {
    objections.push(
      `${name} has no primary key, so its rows cannot be walked in order or named: add one first (a bigint identity column in a release of its own, or CREATE UNIQUE INDEX CONCURRENTLY on columns that are NOT NULL, then ADD PRIMARY KEY USING INDEX)`,
    );
  } else if (!table.keys.some((columns) => [...columns].sort().join() === [...key].sort().join())) {
    objections.push(
      `${key.join(", ")} is no key of ${name}: its keys are ${table.keys.map((columns) => `(${columns.join(", ")})`).join(" and ")}`,
    );
  }
  return objections;
}

const BOTH_FORMS =
  "add the new columns without a mapping, and let the application fill them and write both forms for the time of a release";

const UNMAPPED_PARTITIONS = `Partitioned tables cannot be mapped, nor can their partitions, as PostgreSQL adds and drops columns of a partition only together with those of its table: ${BOTH_FORMS}`;

function childrenObjection(name: string, children: readonly string[]): string {
  const [first = "child"] = children;
  return `${name} must have no child tables, as what is written to ${name} reaches their rows, and neither its key nor its triggers do: ${children.join(", ")} ${children.length === 1 ? "inherits" : "inherit"} from it. Take ${children.length === 1 ? "that one" : "those"} out first (ALTER TABLE ${first} NO INHERIT ${name}), or ${BOTH_FORMS}`;
}

function childrenIn({ table }: Mapping, migration: Migration): string[] {
  const children = migration.expand.flatMap(({ tree, effect }) =>
    "CreateStmt" in tree &&
    effect.kind === "create-table" &&
    parentsOf(tree.CreateStmt.inhRelations).includes(table)
      ? [effect.table.name]
      : [],
  );
  return children.length === 0 ? [] : [childrenObjection(table, children)];
}

const KINDS: Readonly<Record<string, string>> = {
  p: `partitioned. ${UNMAPPED_PARTITIONS}`,
  f: "a foreign table",
  v: "a view",
  m: "a materialized view",
};

function columnObjections(mapping: Mapping, table: TableFacts): string[] {
  const { table: place } = homeOf(mapping, "old");
  return mapping.old.flatMap((name) => {
    const column = table.columns[name];
    if (column === undefined) return [];
    if (column.inherited && !table.isPartition)
      return [
        `${place}.${name} is inherited from ${table.parents.join(", ")}, and PostgreSQL drops it only there: take ${place} out first (ALTER TABLE ${place} NO INHERIT ${table.parents[0] ?? "parent"}), or ${BOTH_FORMS}`,
      ];
    if (column.generated)
      return [`${place}.${name} is generated, so it cannot be written: map what it is generated from`];
    const demand = demandOf(name, column, table);
    if (demand !== null)
      return [
        `${place}.${name} cannot be left empty, as the new version leaves it, because it ${demand.because}: ${demand.remedy(place)} in a release of its own first`,
      ];
    return column.type === "json" || column.type === "xml"
      ? [`${place}.${name} has type ${column.type}, which cannot be compared: use jsonb or text`]
      : [];
  });
}

/** What keeps a column from losing its NOT NULL in contract, when there is no way back any more. */
function demandOf(
  name: string,
  column: ColumnFacts,
  table: TableFacts,
): { readonly because: string; readonly remedy: (table: string) => string } | null {
  if (column.identity)
    return {
      because: "is an identity column",
      remedy: (place) => `ALTER TABLE ${place} ALTER COLUMN ${name} DROP IDENTITY`,
    };
  if (table.primaryKey.includes(name))
    return {
      because: `is part of the primary key (${table.primaryKey.join(", ")})`,
      remedy: (place) => `make other columns the primary key of ${place}`,
    };
  if (table.replicaIdentity.includes(name))
    return {
      because: `is part of the index by which logical replication knows rows (${table.replicaIdentity.join(", ")})`,
      remedy: (place) => `ALTER TABLE ${place} REPLICA IDENTITY DEFAULT`,
    };
  return null;
}
