import { addedColumns, createdTables } from "./additions.ts";
import type { ColumnFacts, ConstraintFacts, Facts, TableFacts } from "./facts.ts";
import { homeOf, tablesOfMapping, type Mapping, type OtherTable } from "./manifest.ts";
import type { Migration } from "./migration.ts";
import { lateTriggers } from "./neighbour-triggers.ts";
import { isOurTrigger, LEDGER_SCHEMA } from "./names.ts";
import { keptColumns, keptTables, unmappedColumns } from "./keep-statements.ts";
import { sourceArchive } from "./archive-queries.ts";
import { nameParts, typeName } from "./parse-tree.ts";
import { activeMappings, type ActiveMapping } from "./sync-trigger.ts";

/** Why a migration that has not begun cannot be expanded in this database: all reasons at once. `others` are expanded and not contracted. */
export function objections(
  migration: Migration,
  facts: Facts,
  others: readonly Migration[],
  active: readonly ActiveMapping[],
): readonly string[] {
  return [
    ...(facts.serverVersion < 140000
      ? [`the server must be PostgreSQL 14 or later: it is ${facts.serverVersion}`]
      : []),
    ...corruptingIndexes(migration, facts),
    ...collisions(migration, facts),
    ...ownership(migration, facts),
    ...migration.mappings.flatMap((mapping) => mappingObjections(mapping, migration, facts, others)),
    ...limitedDomains(migration, facts),
    ...foreignTriggers(migration, facts, active),
    ...lateTriggers(migration, facts),
    ...earlyUniqueness(migration, facts),
    ...strangeArchives(migration, facts),
  ];
}

/** PostgreSQL 14.0 to 14.3 may leave rows out of an index that is built while they change, and say nothing. */
function corruptingIndexes(migration: Migration, { serverVersion }: Facts): string[] {
  if (serverVersion < 140000 || serverVersion >= 140004) return [];
  return migration.expand.flatMap(({ effect, file, line }) =>
    effect.kind === "create-index" && effect.concurrently
      ? [
          `${file}:${line}: PostgreSQL 14.${serverVersion - 140000} may build an index CONCURRENTLY without some of the rows: upgrade to 14.4 or later`,
        ]
      : [],
  );
}

/** What expand.sql adds must not be there already: an undo would drop what somebody else made. */
function collisions(migration: Migration, facts: Facts): string[] {
  return migration.expand.flatMap(({ effect, file, line }) => {
    const place = `${file}:${line}`;
    if (effect.kind === "create-table") {
      const { name } = effect.table;
      return facts.tableNames.includes(name) ? [`${place}: table ${name} exists already`] : [];
    }
    if (effect.kind === "create-index") {
      const exists = facts.tables[effect.table.name]?.indexes[effect.index ?? ""] !== undefined;
      return exists ? [`${place}: index ${effect.index ?? ""} exists already`] : [];
    }
    if (effect.kind !== "alter-table") return [];
    const table = facts.tables[effect.table.name];
    return effect.actions.flatMap((action) => {
      if (action.kind === "add-column" && table?.columns[action.column] !== undefined) {
        return [`${place}: column ${effect.table.name}.${action.column} exists already`];
      }
      if (action.kind === "add-constraint" && table?.constraints[action.constraint ?? ""] !== undefined) {
        return [`${place}: constraint ${action.constraint ?? ""} exists already`];
      }
      return [];
    });
  });
}

function ownership(migration: Migration, facts: Facts): string[] {
  const fresh = createdTables(migration);
  const changed = [
    ...migration.mappings.flatMap(tablesOfMapping),
    ...migration.expand.flatMap(({ effect }) =>
      effect.kind === "alter-table" || effect.kind === "create-index" ? [effect.table.name] : [],
    ),
  ].filter((table) => !fresh.includes(table));
  return [...new Set(changed)].flatMap((name) => {
    const table = facts.tables[name];
    if (table === undefined) return [`table ${name} does not exist`];
    return table.owned
      ? []
      : [
          `table ${name} belongs to ${table.ownerName}, and only its owner may change it: set database.owner to that role`,
        ];
  });
}

function mappingObjections(
  mapping: Mapping,
  migration: Migration,
  facts: Facts,
  others: readonly Migration[],
): string[] {
  const { table: place } = homeOf(mapping, "old");
  const earlier = others.find(
    (other) =>
      createdTables(other).includes(mapping.table) ||
      addedColumns(other, place).some((action) => mapping.old.includes(action.column)),
  );
  if (earlier !== undefined) {
    return [
      `${place}.${mapping.old.join(", ")} is added by ${earlier.id}, which is not finished: release that one first`,
    ];
  }
  const rival = others.find((other) =>
    other.mappings.some(
      (one) => homeOf(one, "old").table === place && one.old.some((column) => mapping.old.includes(column)),
    ),
  );
  if (rival !== undefined) {
    return [
      `${place}.${mapping.old.join(", ")} is mapped by ${rival.id} too, which is not finished and will drop it: release that one first`,
    ];
  }
  const table = facts.tables[mapping.table];
  const home = facts.tables[place];
  if (createdTables(migration).includes(mapping.table)) {
    return [`${mapping.table} is created by the same migration: there is nothing to map yet`];
  }
  return [
    ...(table === undefined ? [] : tableObjections(mapping, table)),
    ...createdChildren(mapping, migration),
    ...(table === undefined || mapping.other === undefined
      ? []
      : referenceObjections(mapping, table, mapping.other)),
    ...(mapping.other?.side === "old" && home !== undefined
      ? [
          ...tableObjections(mapping.other, home),
          ...cascadeObjections(mapping, mapping.other, home),
          ...strictnessObjections(mapping, mapping.other, home),
        ]
      : []),
    ...(home === undefined ? [] : columnObjections(mapping, home)),
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

/** A contract may have made the foreign key a stricter one, which the version that comes back would meet. */
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
 * What a contract has added since would refuse what the version that comes back may write, at the end of its transaction. It is not dropped without being asked
 * for, as whoever gives the way back up could not have it again where such a value has been written.
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
  if (table.forcedRowSecurity) {
    objections.push(
      `${name} forces row level security on its owner, so rows could be overlooked: ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY for the time of the release`,
    );
  }
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

function createdChildren({ table }: Mapping, migration: Migration): string[] {
  const children = migration.expand.flatMap(({ tree, effect }) =>
    "CreateStmt" in tree &&
    effect.kind === "create-table" &&
    (tree.CreateStmt.inhRelations ?? []).some((node) => "RangeVar" in node && node.RangeVar.relname === table)
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
    if (column === undefined) {
      return [
        `the old column ${place}.${name} does not exist: the table has ${Object.keys(table.columns).join(", ")}`,
      ];
    }
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

/** The two tables are compared by casts, and a cast to such a domain cuts what a write refuses: a write that does not fit would seem to agree. */
function limitedDomains(migration: Migration, facts: Facts): string[] {
  const limited = new Set(facts.limitedDomains.map(({ name }) => name));
  for (const { tree } of migration.expand) {
    if (!("CreateDomainStmt" in tree)) continue;
    const { domainname, typeName: base } = tree.CreateDomainStmt;
    const isLimited = (base?.typmods ?? []).length > 0 || limited.has(typeName(base));
    if (isLimited) limited.add((domainname ?? []).flatMap(nameParts).at(-1) ?? "");
  }
  const limitedTypes = facts.limitedDomains.flatMap(({ types }) => types);
  return activeMappings(migration).flatMap(({ mapping, created }) => {
    if (mapping.other === undefined) return [];
    const [old, fresh] = [homeOf(mapping, "old").table, homeOf(mapping, "new").table];
    const columns = [
      ...mapping.old.map((name) => ({
        name: `${old}.${name}`,
        type: facts.tables[old]?.columns[name]?.type,
      })),
      ...created.map((one) => ({
        name: `${fresh}.${one.column}`,
        type: limited.has(one.typeName) ? one.typeName : undefined,
      })),
    ];
    return columns.flatMap(({ name, type }) =>
      type !== undefined && (limited.has(type) || limitedTypes.includes(type))
        ? [
            `${name} has type ${type}, and no column that moves may have a domain over a type with a length: its two tables are compared by casts, which cut what a write refuses. Give it the type that the domain is made over, such as varchar(5), and the domain's checks as constraints, in a release of its own`,
          ]
        : [],
    );
  });
}

function foreignTriggers(migration: Migration, facts: Facts, active: readonly ActiveMapping[]): string[] {
  return [...new Set(migration.mappings.flatMap(tablesOfMapping))].flatMap((name) => {
    const ours = active.some(({ mapping }) => tablesOfMapping(mapping).includes(name));
    const found = (facts.tables[name]?.triggers ?? []).filter(isOurTrigger);
    return found.length > 0 && !ours
      ? [`${name} has a trigger ${found.join(", ")} that the ledger knows nothing of: drop it first`]
      : [];
  });
}

/** A unique index on the new side is enforced on the old version's writes too, so the old side must have been as unique. */
function earlyUniqueness(migration: Migration, facts: Facts): string[] {
  return migration.expand.flatMap(({ effect, file, line }) => {
    if (effect.kind !== "create-index" || !effect.unique) return [];
    return migration.mappings.flatMap((mapping) => {
      const mapped = mapping.new.map((column) => column.name).filter((name) => effect.columns.includes(name));
      if (homeOf(mapping, "new").table !== effect.table.name || mapped.length === 0) return [];
      const keys = facts.tables[homeOf(mapping, "old").table]?.keys ?? [];
      const isUnique = keys.some((columns) => columns.every((column) => mapping.old.includes(column)));
      return isUnique
        ? []
        : [
            `${file}:${line}: unique index ${effect.index ?? ""} on ${mapped.join(", ")} would refuse what the old version may write, as ${mapping.old.join(", ")} is not unique: create it CONCURRENTLY in contract.sql`,
          ];
    });
  });
}

/** An undo or a way back kept values under these names; they fit only columns of the same names. */
function strangeArchives(migration: Migration, facts: Facts): string[] {
  const mapped = activeMappings(migration).flatMap((active) =>
    (["undone", "dropped"] as const).map((source) => sourceArchive(active, source)),
  );
  const plain = keptTables(migration).flatMap((table) => {
    const key =
      migration.mappings.find(({ other }) => other?.side === "new" && other.table === table)?.other?.key ??
      facts.tables[table]?.primaryKey ??
      [];
    const columns = [...key, ...unmappedColumns(migration, table).map((column) => column.column)];
    // Without a key nothing of it can be found again, so it is left as it is.
    return columns.length === key.length || key.length === 0
      ? []
      : keptColumns(migration, table).map((archive) => ({ table: archive, columns }));
  });
  return [...mapped, ...plain].flatMap(({ table, columns }) => {
    const found = facts.ledgerTables[table];
    return found === undefined || [...new Set(found)].sort().join() === [...new Set(columns)].sort().join()
      ? []
      : [
          `${LEDGER_SCHEMA}.${table} keeps values of an earlier form of this migration, which had other columns (${found.join(", ")}): rename that table to keep them, or drop it`,
        ];
  });
}
