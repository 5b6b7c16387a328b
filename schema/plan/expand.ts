import { functionsIn, recordDefinitions } from "../sync/definitions.ts";
import { watchedBy } from "../mapping/watched-by.ts";
import type { Condition } from "../state/catalog.ts";
import { describeStatement } from "../sql/describe-statement.ts";
import { lockClassOf } from "./lock-class.ts";
import { fixedPaths } from "../expressions/function-body.ts";
import { refuseOtherFunctions, refuseReplacedFunctions } from "../sync/made-functions.ts";
import { homeOf } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";

import { LEDGER_SCHEMA, syncSchema } from "../sql/names.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { identifier, sql, verbatim, type Sql } from "../sql/sql.ts";
import { typesOf } from "../migration/expand-types.ts";
import { KINDS } from "../mapping/kinds.ts";
import { change, type Change, type Statement, type Walk } from "./change.ts";
import type { Surroundings } from "./surroundings.ts";
import { activeMappings } from "../mapping/active-mappings.ts";
import type { ActiveMapping, InStep } from "../sync/mapping-kind.ts";

/**
 * Adds what the new version needs and keeps both forms in step from then on; the old version
 * notices nothing.
 */
export function expandStatements(migration: Migration, surroundings: Surroundings): readonly Statement[] {
  const active = activeMappings(migration);
  const types = typesOf(migration);
  const additives = (isAsked: (statement: ParsedStatement) => boolean) =>
    migration.expand.flatMap((statement, index) =>
      isAsked(statement) ? [additive(migration, statement, index, surroundings)] : [],
    );
  return [
    begin(migration),
    // Functions may be of these types, and must be there before anything is added to a table.
    ...additives((statement) => types.includes(statement)),
    ...(active.length > 0 ? [createFunctions(migration, surroundings)] : []),
    ...active.map((one) => countRoundTrips(migration, one)),
    ...additives((statement) => !types.includes(statement) && !isDeferred(statement, migration)),
    ...carryGrants(migration, surroundings),
    ...KINDS.flatMap((kind) => {
      const own = active.filter((one) => one.kind === kind);
      return kind.keepInStep(own, surroundings.others, surroundings);
    }).flatMap((one) => startSync(migration, one, surroundings)),
    change({
      migration: migration.id,
      name: "expanded",
      label: `${migration.id} is expanded`,
      done: { is: "state", migration: migration.id, in: ["expanded", "filled", "contracting", "finished"] },
      sql:
        active.length > 0
          ? recordDefinitions(surroundings.schema, watchedBy(migration), [
              refuseReplacedFunctions(syncSchema(migration.id)),
            ])
          : [],
      state: "expanded",
    }),
  ];
}

/**
 * An index on columns that the backfill fills is built when they are full: once, and without
 * slowing the backfill down.
 */
export function isDeferred(statement: ParsedStatement, migration: Migration): boolean {
  const { effect } = statement;
  if (effect.kind !== "create-index" || !effect.concurrently) return false;
  const mapped = migration.mappings
    .filter((mapping) => homeOf(mapping, "new").table === effect.table.name)
    .flatMap((mapping) => mapping.new.map((column) => column.name));
  return effect.columns.some((column) => mapped.includes(column));
}

/** One statement of expand.sql, in a transaction of its own where it may. */
export function additive(
  migration: Migration,
  statement: ParsedStatement,
  index: number,
  { schema }: Surroundings,
): Change {
  const { effect } = statement;
  const name = `expand:${index + 1}`;
  const outside = effect.kind === "create-index" && effect.concurrently;
  const recorded: Condition = { is: "recorded", migration: migration.id, step: name };
  const present = presence(statement);
  return change({
    migration: migration.id,
    name,
    label: describeStatement(statement),
    sql: [repeatable(statement)],
    lock: outside ? "patient" : lockClassOf(migration, index),
    outside,
    // An index built outside of a transaction may be there before the ledger knows.
    done: outside ? { is: "all", of: present } : { is: "all", of: [recorded, ...present] },
    searchPath: [schema],
    leftover: outside ? effect.index : null,
  });
}

/** A value of an enum type stays when an expansion is undone, so the next one may find it. */
function repeatable({ sql: text, tree }: ParsedStatement): Sql {
  if (!("AlterEnumStmt" in tree) || tree.AlterEnumStmt.oldVal !== undefined) return text;
  return verbatim(text.text.replace(/\bADD\s+VALUE\s+(?!IF\b)/i, "ADD VALUE IF NOT EXISTS "));
}

/** What the catalog shows when a statement of expand.sql has run. */
export function presence({ effect }: ParsedStatement): readonly Condition[] {
  if (effect.kind === "create-table") return [{ is: "table", table: effect.table.name }];
  if (effect.kind === "create-index" && effect.index !== null) {
    return [{ is: "index", table: effect.table.name, index: effect.index, valid: true }];
  }
  if (effect.kind !== "alter-table") return [];
  const table = effect.table.name;
  return effect.actions.flatMap((action): Condition[] => {
    if (action.kind === "add-column") return [{ is: "column", table, column: action.column }];
    if (action.kind === "add-constraint" && action.constraint !== null) {
      return [{ is: "constraint", table, constraint: action.constraint, validated: false }];
    }
    return [];
  });
}

function begin(migration: Migration): Change {
  return change({
    migration: migration.id,
    name: "begin",
    label: `${migration.id} begins: ${migration.description}`,
    done: { is: "not", of: { is: "state", migration: migration.id, in: ["absent"] } },
    state: "expanding",
  });
}

function createFunctions(migration: Migration, { schema }: Surroundings): Change {
  const own = syncSchema(migration.id);
  return change({
    migration: migration.id,
    name: "functions",
    label: `Create the functions of ${migration.id} in schema ${own}`,
    sql: [
      sql`CREATE SCHEMA ${identifier(own)}`,
      ...migration.sync.map((statement) => statement.sql),
      ...fixedPaths(migration, schema),
      // The trigger runs as whoever writes the table, and calls these functions as that role, also
      // one that gets the right to write during the release: it must not be refused. They make
      // values of their arguments and do nothing else, so nobody gains by calling them.
      sql`GRANT USAGE ON SCHEMA ${identifier(own)} TO PUBLIC`,
      sql`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${identifier(own)} TO PUBLIC`,
      refuseOtherFunctions(own),
      ...recordDefinitions(schema, functionsIn(own)),
    ],
    searchPath: [own, schema],
    done: { is: "schema", schema: own },
  });
}

/**
 * Before the old version's writes reach the new columns, so that they are never open to more or
 * fewer roles.
 */
function carryGrants(migration: Migration, { grants = [] }: Surroundings): readonly Change[] {
  if (grants.length === 0) return [];
  const name = "grants";
  return [
    change({
      migration: migration.id,
      name,
      label: `Give the new columns the privileges that the old ones have on their own: ${grants.map(({ text }) => text).join("; ")}`,
      sql: grants,
      lock: "brief",
      done: { is: "recorded", migration: migration.id, step: name },
    }),
  ];
}

function countRoundTrips(migration: Migration, active: ActiveMapping): Walk {
  const { mapping, place } = active;
  const name = `round-trip:${place}`;
  return {
    kind: "walk",
    migration: migration.id,
    name,
    label: `Count the values of ${mapping.table}.${mapping.old.join(", ")} that ${mapping.toNew} and ${mapping.toOld} would not give back`,
    work: "round-trip",
    resumes: false,
    active,
    done: { is: "recorded", migration: migration.id, step: name },
  };
}

/** What keeps both forms in step: the functions first, and then the triggers that call them. */
function startSync(
  migration: Migration,
  { what, functions, triggers }: InStep,
  { schema }: Surroundings,
): readonly Change[] {
  return [
    change({
      migration: migration.id,
      name: functions.step,
      label: `Write what keeps ${what} in step`,
      sql: functions.sql,
      // The new columns' types, as expand.sql calls them.
      searchPath: [schema],
      done: {
        is: "all",
        of: functions.made.map(
          ({ name, body }) =>
            ({ is: "function", schema: LEDGER_SCHEMA, function: name, body: body.text }) as const,
        ),
      },
    }),
    change({
      migration: migration.id,
      name: triggers.step,
      label: `Keep ${what} in step from now on`,
      sql: triggers.sql,
      lock: "brief",
      // Another migration's triggers may be there already, and know nothing of these columns.
      done: {
        is: "all",
        of: [
          { is: "recorded", migration: migration.id, step: triggers.step },
          ...triggers.made.map(({ table, trigger }) => ({ is: "trigger", table, trigger }) as const),
        ],
      },
    }),
  ];
}
