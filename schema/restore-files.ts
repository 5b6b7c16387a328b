import { stringify } from "yaml";
import type { Action, AddedColumn } from "./action.ts";
import { addedColumns, createdTables } from "./additions.ts";
import { describeStatement } from "./describe-statement.ts";
import type { ColumnFacts, Facts, TableFacts } from "./facts.ts";
import type { Mapping } from "./manifest.ts";
import type { Migration, MigrationFiles } from "./migration.ts";
import { parseStatements, type ParsedStatement } from "./parse-statements.ts";
import { identifier, list, sql, verbatim, type Sql } from "./sql.ts";
import { isFoundation, removals, type Removal } from "./undo.ts";

/** Tables as they were before a migration dropped anything of them. */
export type Shape = Facts["tables"];

/** What one statement of contract.sql, or a column that it drops, asks of the way back. */
interface Part {
  /** Statements that add again what was dropped. */
  readonly expand?: readonly Sql[];
  /** Statements that take back what `expand` does besides adding, where the way back is given up. */
  readonly undo?: readonly Sql[];
  /** Statements for when nothing but the older version writes any more. */
  readonly contract?: readonly Sql[];
  readonly refusals?: readonly string[];
}

/**
 * The way back of a finished migration, as a migration of its own with the sides swapped: it adds what contract.sql dropped, keeps both forms in step by
 * the same two functions, and drops in the end what expand.sql had added.
 *
 * @param shape how the tables were before the migration contracted; null where nobody recorded it
 */
export function restoreFiles(
  migration: Migration,
  shape: Shape | null,
): { readonly files: MigrationFiles } | { readonly refusals: readonly string[] } {
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
  const back = [
    ...parts.flatMap((part) => part.contract ?? []),
    ...migration.undo.filter((statement) => !isFoundation(statement)).map((statement) => statement.sql),
    ...removed(removals(migration).filter((removal) => !isDropped(removal, migration))),
    ...migration.undo.filter(isFoundation).map((statement) => statement.sql),
  ];
  return {
    files: {
      "migration.yaml": manifestText(migration, tables),
      "expand.sql": file(parts.flatMap((part) => part.expand ?? [])),
      "sync.sql": migration.files["sync.sql"],
      "contract.sql": file(back),
      "undo.sql": file(parts.flatMap((part) => part.undo ?? [])),
    },
  };
}

function manifestText(migration: Migration, tables: Shape): string {
  return stringify({
    description: `Brings back what ${migration.id} replaced.`,
    mappings: migration.mappings.map((mapping) => ({
      table: mapping.table,
      key: mapping.key,
      ...(mapping.other === undefined
        ? {}
        : {
            [mapping.other.side === "new" ? "oldTable" : "newTable"]: {
              name: mapping.other.table,
              key: mapping.other.key,
            },
          }),
      old: mapping.new.map((column) => column.name),
      new: Object.fromEntries(
        mapping.old.map((column) => [
          column,
          tables[mapping.table]?.columns[column]?.notNull ? "required" : "optional",
        ]),
      ),
      toNew: mapping.toOld,
      toOld: mapping.toNew,
      // A way back must not be closed by what the newer version wrote: what has no older form is archived.
      roundTrip: "archive",
    })),
  });
}

/** Tables of which contract.sql drops columns. */
function reducedTables(migration: Migration): readonly string[] {
  const tables = migration.contract.flatMap(({ effect }) =>
    effect.kind === "alter-table" ? [effect.table.name] : [],
  );
  return [...new Set(tables)].filter((table) => droppedColumns(migration, table).length > 0);
}

/** Columns of the older version that contract.sql drops. */
function droppedColumns(migration: Migration, table: string): readonly string[] {
  const added = addedColumns(migration, table).map((column) => column.column);
  return migration.contract
    .flatMap(({ effect }) =>
      effect.kind === "alter-table" && effect.table.name === table ? effect.actions : [],
    )
    .flatMap((action) =>
      action.kind === "drop-column" && !added.includes(action.column) ? [action.column] : [],
    );
}

/** Columns that no mapping knows come back with what was archived of them; rows written since have what a new row has. */
function unmappedBack(migration: Migration, table: string, facts: TableFacts | undefined): Part {
  const mapped = migration.mappings.flatMap((mapping) => (mapping.table === table ? mapping.old : []));
  // One that the table did not have was dropped IF EXISTS.
  const names = droppedColumns(migration, table).filter(
    (column) => !mapped.includes(column) && (facts === undefined || facts.columns[column] !== undefined),
  );
  if (names.length === 0) return {};
  if (facts === undefined || facts.primaryKey.length === 0)
    return {
      refusals: [
        `what was archived of ${names.join(", ")} cannot be found again, as ${table} has no primary key`,
      ],
    };
  return joined(names.map((name) => unmappedColumn(table, name, facts)));
}

function unmappedColumn(table: string, name: string, { columns, primaryKey }: TableFacts): Part {
  const column = columns[name];
  const place = `${table}.${name}`;
  if (column === undefined) return { refusals: [`the ledger does not record how ${place} was`] };
  if (primaryKey.includes(name)) return { refusals: [`${place} was part of the primary key`] };
  if (column.identity || column.generated)
    return {
      refusals: [`${place} was generated by the database, and adding it again would rewrite the table`],
    };
  const alter = sql`ALTER TABLE ${identifier(table)}`;
  const value = column.default === null ? null : sql` DEFAULT ${verbatim(column.default)}`;
  const isCheap = value === null || fillingOf(addColumn(name, column, value)) !== "expression";
  if (column.notNull && (value === null || !isCheap))
    return {
      refusals: [
        `${place} required a value and had no constant default, and no mapping says what it is for rows that were written since`,
      ],
    };
  const required = column.notNull ? sql` NOT NULL` : sql``;
  if (isCheap) return { expand: [sql`${alter} ${addColumn(name, column, value ?? sql``)}${required}`] };
  // Evaluated for each row it would rewrite the table; set afterwards it is for new rows only.
  return {
    expand: [
      sql`${alter} ${addColumn(name, column, sql``)}`,
      sql`${alter} ALTER COLUMN ${identifier(name)} SET${value ?? sql``}`,
    ],
  };
}

function addColumn(name: string, column: ColumnFacts, value: Sql): Sql {
  const collation = column.collation === null ? sql`` : sql` COLLATE ${verbatim(column.collation)}`;
  return sql`ADD COLUMN ${identifier(name)} ${verbatim(column.type)}${collation}${value}`;
}

function columnsBack(mapping: Mapping, table: TableFacts | undefined): Part {
  const added: Sql[] = [];
  const refusals: string[] = [];
  for (const name of mapping.old) {
    const column = table?.columns[name];
    const place = `${mapping.table}.${name}`;
    if (column === undefined) {
      refusals.push(`the ledger does not record how ${place} was`);
    } else if (column.identity || column.generated) {
      refusals.push(`${place} was generated by the database, so the sync trigger could not write it`);
    } else {
      const value = column.default === null ? sql`` : sql` DEFAULT ${verbatim(column.default)}`;
      const action = addColumn(name, column, value);
      if (["none", "constant"].includes(fillingOf(action))) added.push(action);
      else
        refusals.push(
          `the default of ${place} is not a constant (${column.default ?? ""}), so a value that the older version left to it could not be told from one that was written`,
        );
    }
  }
  return { expand: [sql`ALTER TABLE ${identifier(mapping.table)} ${list(added)}`], refusals };
}

/** How new rows would get a value in a column that this action adds. */
function fillingOf(action: Sql): AddedColumn["filling"] {
  const parsed = parseStatements("expand.sql", `ALTER TABLE t ${action.text}`);
  const effects = "statements" in parsed ? parsed.statements.map(({ effect }) => effect) : [];
  const [first] = effects.flatMap((effect) => (effect.kind === "alter-table" ? effect.actions : []));
  return first?.kind === "add-column" ? first.filling : "expression";
}

/** Indexes and constraints that went with the columns of a table. */
function lostWith(migration: Migration, table: string, facts: TableFacts | undefined): Part {
  const dropped = droppedColumns(migration, table);
  const isLost = (columns: readonly string[]) => columns.some((column) => dropped.includes(column));
  const indexes = Object.entries(facts?.indexes ?? {}).filter(
    ([, index]) => index.valid && !index.owned && isLost(index.columns),
  );
  const constraints = Object.entries(facts?.constraints ?? {}).filter(([, constraint]) =>
    isLost(constraint.columns),
  );
  const parts = constraints.map(([name]) => constraintBack(table, name, facts));
  return {
    expand: [
      ...indexes.map(([, index]) => concurrently(index.definition)),
      ...parts.flatMap((part) => part.expand ?? []),
    ],
    contract: parts.flatMap((part) => part.contract ?? []),
    refusals: parts.flatMap((part) => part.refusals ?? []),
  };
}

/** A check would refuse what the newer version may still write, so it comes when that one is gone. */
function constraintBack(table: string, name: string, facts: TableFacts | undefined): Part {
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

function concurrently(definition: string): Sql {
  return verbatim(definition.replace(/^CREATE (UNIQUE )?INDEX /, "$&CONCURRENTLY "));
}

/** What a statement of contract.sql did besides dropping mapped columns. */
function statementBack(statement: ParsedStatement, migration: Migration, tables: Shape): Part {
  const { effect } = statement;
  const none: Part = {
    refusals: [
      `${statement.file}:${statement.line} (${describeStatement(statement)}) cannot be taken back: no way back follows from it`,
    ],
  };
  switch (effect.kind) {
    case "comment":
      return {};
    case "alter-table": {
      const table = effect.table.name;
      // What happened to a table that goes goes with it.
      if (createdTables(migration).includes(table)) return {};
      const loosened = looserBack(statement, table, migration);
      if (loosened !== null) return loosened;
      return joined(
        effect.actions.map((action) => actionBack(action, table, migration, tables[table]) ?? none),
      );
    }
    case "create-index": {
      if (createdTables(migration).includes(effect.table.name)) return {};
      const added = addedColumns(migration, effect.table.name).map((column) => column.column);
      if (effect.columns.some((column) => added.includes(column))) return {};
      return effect.unique || effect.index === null
        ? none
        : { contract: [sql`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(effect.index)}`] };
    }
    case "drop": {
      const made = createdTables(migration);
      if (effect.type === "OBJECT_TABLE" && effect.names.every((name) => made.includes(name))) return {};
      if (effect.type !== "OBJECT_INDEX") return none;
      const own = migration.expand.flatMap((one) =>
        one.effect.kind === "create-index" && one.effect.index !== null ? [one.effect.index] : [],
      );
      const parts = effect.names
        .filter((name) => !own.includes(name))
        .map((name) => indexBack(name, migration, tables) ?? none);
      return joined(parts);
    }
    case "create-table":
    case "create-function":
    case "insert":
    case "other":
      return none;
  }
}

/** Null where nobody knows how the index was. */
function indexBack(name: string, migration: Migration, tables: Shape): Part | null {
  for (const [table, { indexes }] of Object.entries(tables)) {
    const index = indexes[name];
    if (index === undefined) continue;
    // One on a column that goes too is brought back with that.
    const isLost = index.columns.some((column) => droppedColumns(migration, table).includes(column));
    return isLost ? {} : { expand: [concurrently(index.definition)] };
  }
  return null;
}

/**
 * A constraint that contract.sql puts on what stays goes before the older version writes again. Whoever gives the way back up has it again for every new
 * row; what was written meanwhile may be as it forbids. Null where the statement is no such one.
 */
function looserBack(statement: ParsedStatement, table: string, migration: Migration): Part | null {
  const { effect } = statement;
  const actions = effect.kind === "alter-table" ? effect.actions : [];
  const [action] = actions;
  if (actions.length !== 1 || action?.kind !== "add-constraint" || action.constraint === null) return null;
  const added = addedColumns(migration, table).map((column) => column.column);
  const isMomentary = migration.contract.some(
    ({ effect: other }) =>
      other.kind === "alter-table" &&
      other.table.name === table &&
      other.actions.some((one) => one.kind === "drop-constraint" && one.constraint === action.constraint),
  );
  const goesAnyway = action.columns.some((column) => added.includes(column));
  if (isMomentary) return {};
  if (goesAnyway || !action.notValid) return null;
  const drop = sql`ALTER TABLE ${identifier(table)} DROP CONSTRAINT IF EXISTS ${identifier(action.constraint)}`;
  return { expand: [drop], undo: [drop, statement.sql] };
}

/** Null where no way back follows from an action. */
function actionBack(
  action: Action,
  table: string,
  migration: Migration,
  facts: TableFacts | undefined,
): Part | null {
  const added = addedColumns(migration, table).map((column) => column.column);
  const dropped = droppedColumns(migration, table);
  // Also one that contract.sql itself adds for a moment, to make a column NOT NULL without a scan.
  const own = [...migration.expand, ...migration.contract].flatMap(({ effect }) =>
    effect.kind === "alter-table" && effect.table.name === table
      ? effect.actions.flatMap((one) => (one.kind === "add-constraint" ? [one.constraint] : []))
      : [],
  );
  switch (action.kind) {
    case "validate-constraint":
    case "drop-column":
      return {};
    case "drop-constraint": {
      if (own.includes(action.constraint)) return {};
      const constraint = facts?.constraints[action.constraint];
      // One on a column that goes too is brought back with that.
      if (constraint?.columns.some((column) => dropped.includes(column))) return {};
      return constraint === undefined ? null : constraintBack(table, action.constraint, facts);
    }
    case "add-constraint":
      return action.columns.some((column) => added.includes(column)) ? {} : null;
    case "other":
      return action.column !== null && added.includes(action.column) ? {} : null;
    case "add-column":
      return null;
  }
}

function joined(parts: readonly Part[]): Part {
  return {
    expand: parts.flatMap((part) => part.expand ?? []),
    undo: parts.flatMap((part) => part.undo ?? []),
    contract: parts.flatMap((part) => part.contract ?? []),
    refusals: [...new Set(parts.flatMap((part) => part.refusals ?? []))],
  };
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

function file(all: readonly Sql[]): string {
  return all.map((statement) => `${statement.text};\n`).join("");
}
