import { addedColumns } from "../migration/added-objects.ts";
import type { Condition, Facts, TableFacts } from "../state/catalog.ts";
import type { Migration } from "../migration/migration.ts";
import { identifier, sql, verbatim, type Sql } from "../sql/sql.ts";

/** Tables as they were before a migration dropped anything of them. */
export type Shape = Facts["tables"];

/** What one statement of contract.sql, or a column that it drops, asks of the way back. */
export interface Part {
  /** Statements that add again what was dropped. */
  readonly expand?: readonly Sql[];
  /** Statements for when nothing but the older version writes any more. */
  readonly contract?: readonly Sql[];
  readonly stricter?: readonly Stricter[];
  readonly refusals?: readonly string[];
}

/**
 * What contract.sql put on columns that stay. It would refuse what the older version may write, and
 * is not dropped without being asked for: whoever gives the way back up could not have it again
 * where such a value has been written.
 */
export interface Stricter {
  /** For people: `constraint short of item`. */
  readonly what: string;
  readonly isThere: Condition;
  /** What drops it. */
  readonly remedy: Sql;
}

export function joined(parts: readonly Part[]): Part {
  return {
    expand: parts.flatMap((part) => part.expand ?? []),
    stricter: parts.flatMap((part) => part.stricter ?? []),
    contract: parts.flatMap((part) => part.contract ?? []),
    refusals: [...new Set(parts.flatMap((part) => part.refusals ?? []))],
  };
}

/** Tables of which contract.sql drops columns. */
export function reducedTables(migration: Migration): readonly string[] {
  const tables = migration.contract.flatMap(({ effect }) =>
    effect.kind === "alter-table" ? [effect.table.name] : [],
  );
  return [...new Set(tables)].filter((table) => droppedColumns(migration, table).length > 0);
}

/** Columns of the older version that contract.sql drops. */
export function droppedColumns(migration: Migration, table: string): readonly string[] {
  const added = addedColumns(migration, table).map((column) => column.column);
  return migration.contract
    .flatMap(({ effect }) =>
      effect.kind === "alter-table" && effect.table.name === table ? effect.actions : [],
    )
    .flatMap((action) =>
      action.kind === "drop-column" && !added.includes(action.column) ? [action.column] : [],
    );
}

/**
 * A check would refuse what the newer version may still write, so it comes when that one is gone.
 */
export function constraintBack(table: string, name: string, facts: TableFacts | undefined): Part {
  const constraint = facts?.constraints[name];
  if (constraint === undefined) return {};
  const { definition } = constraint;
  const alter = sql`ALTER TABLE ${identifier(table)}`;
  switch (constraint.type) {
    case "c":
    case "f": {
      const late = definition.endsWith(" NOT VALID") ? sql`` : sql` NOT VALID`;
      return {
        contract: [
          sql`${alter} ADD CONSTRAINT ${identifier(name)} ${verbatim(definition)}${late}`,
          ...(constraint.validated ? [sql`${alter} VALIDATE CONSTRAINT ${identifier(name)}`] : []),
        ],
      };
    }
    case "u": {
      const deferrable = /( DEFERRABLE( INITIALLY DEFERRED)?)?$/.exec(definition)?.[0] ?? "";
      return {
        expand: [concurrently(facts?.indexes[name]?.definition ?? "")],
        contract: [
          sql`${alter} ADD CONSTRAINT ${identifier(name)} UNIQUE USING INDEX ${identifier(name)}${verbatim(deferrable)}`,
        ],
      };
    }
    default:
      return {
        refusals: [
          `${table} had a constraint ${name} (${definition}), which cannot be brought back while the table is in use`,
        ],
      };
  }
}

export function concurrently(definition: string): Sql {
  return verbatim(definition.replace(/^CREATE (UNIQUE )?INDEX /, "$&CONCURRENTLY "));
}
