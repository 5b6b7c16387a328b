import type { AddedColumn } from "../sql/alter-table-action.ts";
import type { Condition } from "../state/catalog.ts";
import { homeOf, mappedIn, type Mapping } from "../migration/manifest.ts";
import { kindOf } from "../mapping/kinds.ts";
import { oneTable } from "../mapping/one-table.ts";
import type { Migration } from "../migration/migration.ts";
import { lasting } from "../rows/archive-queries.ts";
import { archiveName, counterpartOf, LEDGER_SCHEMA, shortened } from "../sql/names.ts";
import { addedColumns, createdTables, newColumns } from "../migration/added-objects.ts";
import { BY_PLACE, sameCount } from "../rows/key-proof.ts";
import { dollarQuoted, identifier, list, literal, some, sql, type Sql } from "../sql/sql.ts";
import { change, type Change, type Statement } from "./change.ts";
import type { Surroundings } from "./surroundings.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";

/**
 * Keeps, before an undo, what the new version wrote where no mapping knows it: rows of new tables,
 * values of other new columns.
 */
export function keepAdded(migration: Migration, surroundings: Surroundings): readonly Change[] {
  const isAbsent: Condition = { is: "state", migration: migration.id, in: ["absent"] };
  const moved = movedTables(migration).map(({ table }) => table);
  const rows = createdTables(migration)
    .filter((table) => !moved.includes(table))
    .map((table) => ({
      table,
      source: wholeTable(surroundings, table),
      part: "rows",
    }));
  const values = keptTables(migration).flatMap((table) => {
    const added = unmappedColumns(migration, table);
    if (added.length === 0) return [];
    const isWritten = some(added.map(isWrittenTo));
    const names = added.map((column) => column.column);
    return [
      { table, source: sql`${keyAnd(surroundings, table, names)} WHERE ${isWritten}`, part: "columns" },
    ];
  });
  return [...rows, ...values].map(({ table, source, part }) => {
    const kept = archiveName("new", migration.id, table, part);
    const archive = identifier(LEDGER_SCHEMA, kept);
    const name = `keep-${part}:${table}`;
    // An undo that was given up left values that may be out of date; those of an earlier release
    // may be all that there is of them.
    const isOwn = surroundings.ledger.migrations[migration.id]?.steps.includes(name) ?? false;
    return change({
      migration: migration.id,
      name,
      label: `Archive what the new version wrote to ${table}`,
      sql: [
        isOwn ? sql`DROP TABLE IF EXISTS ${archive}` : setAside(kept),
        sql`CREATE TABLE ${archive} AS ${source}`,
        sql`DO ${dollarQuoted(sql`BEGIN IF NOT EXISTS (SELECT FROM ${archive}) THEN DROP TABLE ${archive}; END IF; END`)}`,
      ],
      done: { is: "any", of: [isAbsent, { is: "not", of: { is: "table", table } }] },
      // Its types are called as expand.sql calls them.
      searchPath: [surroundings.schema],
    });
  });
}

/**
 * Whether a row has something else in a column than what the old version leaves there; not every
 * type can be compared but as text.
 */
function isWrittenTo({ column, type, exact, constant }: AddedColumn): Sql {
  const name = identifier(column);
  if (constant === null) return sql`${name} IS DISTINCT FROM NULL`;
  return exact
    ? sql`${name} IS DISTINCT FROM ${constant}`
    : sql`${name}::text IS DISTINCT FROM CAST(${constant} AS ${type})::text`;
}

/** Keeps, before contract drops them, tables and columns that no mapping knows. */
export function keepDropped(migration: Migration, surroundings: Surroundings): readonly Change[] {
  const tables = migration.contract
    .flatMap(({ effect }) => (effect.kind === "drop" && effect.type === "OBJECT_TABLE" ? effect.names : []))
    .filter(
      (table) =>
        !migration.mappings.some(
          (mapping) => kindOf(mapping).mayBeAbsent(mapping, "old") && homeOf(mapping, "old").table === table,
        ),
    )
    .map((table) => {
      const gone: Condition = { is: "not", of: { is: "table", table } };
      return { table, source: wholeTable(surroundings, table), part: "rows", gone };
    });
  const dropped = new Map<string, readonly string[]>();
  for (const { effect } of migration.contract) {
    if (effect.kind !== "alter-table") continue;
    const mapped = mappedColumns(migration, effect.table.name);
    const columns = effect.actions.flatMap((action) =>
      action.kind === "drop-column" ? [action.column] : [],
    );
    // DROP COLUMN IF EXISTS may name one that is not there, beside others that are.
    const known = surroundings.tables[effect.table.name]?.columns ?? {};
    const unmapped = columns.filter((column) => !mapped.includes(column) && known[column] !== undefined);
    if (unmapped.length > 0) {
      dropped.set(effect.table.name, [...(dropped.get(effect.table.name) ?? []), ...unmapped]);
    }
  }
  // Its mapped columns are archived with their mapping.
  for (const mapping of migration.mappings) {
    if (!kindOf(mapping).mayBeAbsent(mapping, "old")) continue;
    const { table, key } = homeOf(mapping, "old");
    const mapped = [...key, ...mappedColumns(migration, table)];
    const known = Object.keys(surroundings.tables[table]?.columns ?? {});
    const unmapped = known.filter((column) => !mapped.includes(column));
    if (unmapped.length > 0) dropped.set(table, unmapped);
  }
  const columns = [...dropped].map(([table, names]) => {
    const there = names.map((column): Condition => ({ is: "column", table, column }));
    const gone: Condition = { is: "not", of: { is: "any", of: there } };
    return { table, source: keyAnd(surroundings, table, names), part: "columns", gone };
  });
  return [...tables, ...columns].map(({ table, source, part, gone }) => {
    const archive = archiveName("old", migration.id, table, part);
    const [kept, from] = [identifier(LEDGER_SCHEMA, archive), identifier(surroundings.schema, table)];
    const name = `archive-${part}:${table}`;
    return change({
      migration: migration.id,
      name,
      label: `Archive what is dropped of ${table}`,
      sql: [BY_PLACE, setAside(archive), sql`CREATE TABLE ${kept} AS ${source}`, sameCount(kept, from)],
      snapshot: true,
      done: { is: "any", of: [gone, { is: "recorded", migration: migration.id, step: name }] },
    });
  });
}

/** An archive of an earlier release that nobody has brought back is kept under another name. */
function setAside(archive: string): Sql {
  const before = identifier(LEDGER_SCHEMA, archive);
  const rename = sql`ALTER TABLE ${before} RENAME TO %I`;
  return sql`DO ${dollarQuoted(sql`BEGIN IF pg_catalog.to_regclass(${literal(before.text)}) IS NOT NULL THEN EXECUTE pg_catalog.format(${literal(rename.text)}, pg_catalog.left(${literal(archive)}, 40) || pg_catalog.to_char(pg_catalog.now(), '_YYYYMMDD_HH24MISS_US')); END IF; END`)}`;
}

/**
 * Values of columns that no mapping knows, taken back from where an undo or the counterpart's
 * contract kept them.
 */
export function bringBack(migration: Migration, surroundings: Surroundings): readonly Statement[] {
  return keptTables(migration).flatMap((table) => {
    const created = unmappedColumns(migration, table);
    const key = surroundings.tables[table]?.primaryKey ?? [];
    if (created.length === 0 || key.length === 0) return [];
    const active: ActiveMapping = {
      migration: migration.id,
      place: 0,
      kind: oneTable,
      created,
      mapping: {
        table,
        key,
        old: [],
        new: created.map((column) => ({ name: column.column, required: column.notNull })),
        toNew: "",
        toOld: "",
        roundTrip: "archive",
      },
    };
    return keptColumns(migration, table).flatMap((archive): readonly Statement[] => {
      const name = `bring-back:${archive}`;
      const there: Condition = { is: "ledger-table", table: archive };
      return [
        change({
          migration: migration.id,
          name: `index-archive:${archive}`,
          label: `Let rows of ${archive} be found by their key`,
          sql: [
            sql`CREATE UNIQUE INDEX IF NOT EXISTS ${identifier(shortened(`${archive}_key`))} ON ${identifier(LEDGER_SCHEMA, archive)} (${list(key.map((column) => identifier(column)))})`,
            sql`ANALYZE ${identifier(LEDGER_SCHEMA, archive)}`,
          ],
          done: {
            is: "any",
            of: [
              { is: "not", of: there },
              { is: "recorded", migration: migration.id, step: `index-archive:${archive}` },
            ],
          },
        }),
        {
          kind: "walk",
          migration: migration.id,
          name,
          label: `Bring back ${created.map((column) => column.column).join(", ")} of ${table}`,
          work: "bring-back",
          resumes: true,
          active,
          archive,
          done: {
            is: "any",
            of: [
              { is: "not", of: there },
              { is: "recorded", migration: migration.id, step: name },
            ],
          },
        },
      ];
    });
  });
}

/** The archives that `bringBack` reads, whether they are there or not. */
export function broughtBack(migration: Migration, { tables }: Surroundings): readonly string[] {
  return keptTables(migration).flatMap((table) =>
    unmappedColumns(migration, table).length > 0 && (tables[table]?.primaryKey ?? []).length > 0
      ? keptColumns(migration, table)
      : [],
  );
}

/** Where an undo, or the counterpart's contract, keeps values of columns that no mapping knows. */
export function keptColumns(migration: Migration, table: string): readonly string[] {
  return [
    archiveName("new", migration.id, table, "columns"),
    archiveName("old", counterpartOf(migration.id), table, "columns"),
  ];
}

/** Tables that were there before and that expand.sql changes. */
export function alteredTables(migration: Migration): readonly string[] {
  const fresh = createdTables(migration);
  const altered = migration.expand.flatMap(({ effect }) =>
    effect.kind === "alter-table" && !fresh.includes(effect.table.name) ? [effect.table.name] : [],
  );
  return [...new Set(altered)];
}

/**
 * Tables that expand.sql makes for one side of a mapping: their rows are made again of the other
 * side, and only the rest has to be kept.
 */
function movedTables(migration: Migration): readonly Pick<Mapping, "table" | "key">[] {
  return migration.mappings
    .filter((mapping) => kindOf(mapping).mayBeAbsent(mapping, "new"))
    .map((mapping) => homeOf(mapping, "new"));
}

/** Tables with columns that an undo has to keep one by one. */
export function keptTables(migration: Migration): readonly string[] {
  return [...alteredTables(migration), ...movedTables(migration).map(({ table }) => table)];
}

/** Columns that expand.sql adds and no mapping knows. */
export function unmappedColumns(migration: Migration, table: string): readonly AddedColumn[] {
  const moved = movedTables(migration).find((other) => other.table === table);
  const mapped = [...mappedColumns(migration, table), ...(moved?.key ?? [])];
  const added =
    moved === undefined
      ? addedColumns(migration, table)
      : newColumns(migration, table).filter(({ filling }) => filling !== "generated");
  return added.filter((column) => !mapped.includes(column.column));
}

function mappedColumns(migration: Migration, table: string): readonly string[] {
  return migration.mappings.flatMap((mapping) => mappedIn(mapping, table));
}

function wholeTable({ schema, tables }: Surroundings, table: string): Sql {
  const columns = Object.keys(tables[table]?.columns ?? {});
  if (columns.length === 0) return sql`TABLE ${identifier(schema, table)}`;
  return sql`SELECT ${list(columns.map((column) => lasting(column, tables[table])))} FROM ${identifier(schema, table)}`;
}

/** Without a key the whole row stands in for it. */
function keyAnd({ schema, tables }: Surroundings, table: string, columns: readonly string[]): Sql {
  const key = tables[table]?.primaryKey ?? [];
  const known = Object.keys(tables[table]?.columns ?? {});
  const names = key.length === 0 && known.length > 0 ? known : [...new Set([...key, ...columns])];
  const chosen = list(names.map((name) => lasting(name, tables[table])));
  return sql`SELECT ${chosen} FROM ${identifier(schema, table)}`;
}
