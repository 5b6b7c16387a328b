import { stringify } from "yaml";
import { objectRemovals } from "../migration/made-objects.ts";
import type { Migration } from "../migration/migration.ts";
import type { MigrationFiles } from "../migration/migration-files.ts";
import { kindOf } from "../mapping/kinds.ts";
import { columnsBack, lostWith, unmappedBack } from "./columns.ts";
import { reducedTables, type Shape, type Stricter } from "./part.ts";
import { statementBack } from "./statements.ts";
import { identifier, list, sql, type Sql } from "../sql/sql.ts";
import { isFoundation, removals, type Removal } from "../migration/derive-undo.ts";

/**
 * The way back of a finished migration, as a migration of its own with the sides swapped: it adds
 * what contract.sql dropped, keeps both forms in step by the same two functions, and drops in the
 * end what expand.sql had added.
 *
 * @param shape how the tables were before the migration contracted; null where nobody recorded it
 * @returns its files, and what must not be there when it begins
 */
export function restoreFiles(
  migration: Migration,
  shape: Shape | null,
):
  | { readonly files: MigrationFiles; readonly stricter: readonly Stricter[] }
  | { readonly refusals: readonly string[] } {
  if (shape === null && migration.contract.length > 0) {
    return {
      refusals: [
        `the ledger does not record how the tables were before ${migration.id} dropped a part of them: it was finished by an earlier form of this tool, or before the database was adopted`,
      ],
    };
  }
  const tables = shape ?? {};
  const parts = [
    ...migration.mappings.map((mapping) => columnsBack(mapping, tables[mapping.table])),
    ...reducedTables(migration).map((table) => unmappedBack(migration, table, tables[table])),
    ...reducedTables(migration).map((table) => lostWith(migration, table, tables[table])),
    ...migration.contract.map((statement) => statementBack(statement, migration, tables)),
  ];
  const refusals = parts.flatMap((part) => part.refusals ?? []);
  if (refusals.length > 0) return { refusals };
  const objects = objectRemovals(migration);
  const back = [
    ...parts.flatMap((part) => part.contract ?? []),
    ...migration.undo.filter((statement) => !isFoundation(statement)).map((statement) => statement.sql),
    ...objects.filter(({ early }) => early).map((object) => object.sql),
    ...removed(removals(migration).filter((removal) => !isDropped(removal, migration))),
    ...migration.undo.filter(isFoundation).map((statement) => statement.sql),
    ...objects.filter(({ early }) => !early).map((object) => object.sql),
  ];
  return {
    files: {
      "migration.yaml": manifestText(migration, tables),
      "expand.sql": file(parts.flatMap((part) => part.expand ?? [])),
      "sync.sql": migration.files["sync.sql"],
      "contract.sql": file(back),
    },
    stricter: parts.flatMap((part) => part.stricter ?? []),
  };
}

function manifestText(migration: Migration, tables: Shape): string {
  return stringify({
    description: `Brings back what ${migration.id} replaced.`,
    mappings: migration.mappings.map((mapping) => ({
      table: mapping.table,
      key: mapping.key,
      ...kindOf(mapping).wayBack(mapping),
      old: mapping.new.map((column) => column.name),
      new: Object.fromEntries(
        mapping.old.map((column) => [
          column,
          tables[mapping.table]?.columns[column]?.notNull ? "required" : "optional",
        ]),
      ),
      toNew: mapping.toOld,
      toOld: mapping.toNew,
      // A way back must not be closed by what the newer version wrote: what has no older
      // form is archived.
      roundTrip: "archive",
    })),
  });
}

/** What expand.sql added goes; the columns of a table in one statement. */
function removed(all: readonly Removal[]): readonly Sql[] {
  const columns = new Map<string, readonly Sql[]>();
  for (const removal of all) {
    if (removal.kind !== "column") continue;
    const before = columns.get(removal.table) ?? [];
    columns.set(removal.table, [...before, sql`DROP COLUMN ${identifier(removal.column)}`]);
  }
  const others = all.flatMap((removal): readonly Sql[] => {
    switch (removal.kind) {
      case "index":
        return [sql`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(removal.index)}`];
      case "constraint":
        return [
          sql`ALTER TABLE ${identifier(removal.table)} DROP CONSTRAINT IF EXISTS ${identifier(removal.constraint)}`,
        ];
      case "table":
        return [sql`DROP TABLE ${identifier(removal.table)}`];
      case "column":
        return [];
    }
  });
  return [
    ...others,
    ...[...columns].map(([table, actions]) => sql`ALTER TABLE ${identifier(table)} ${list(actions)}`),
  ];
}

/** Whether contract.sql has taken away again what expand.sql had added. */
function isDropped(removal: Removal, { contract }: Migration): boolean {
  return contract.some(({ effect }) =>
    effect.kind === "drop"
      ? effect.type === "OBJECT_TABLE" && effect.names.includes(removal.table)
      : effect.kind === "alter-table" &&
        effect.table.name === removal.table &&
        effect.actions.some(
          (action) =>
            action.kind === "drop-column" && removal.kind === "column" && action.column === removal.column,
        ),
  );
}

function file(all: readonly Sql[]): string {
  return all.map((statement) => `${statement.text};\n`).join("");
}
