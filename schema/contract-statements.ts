import { blocksNobody, contractGroups, endOfSync, standsAlone } from "./contract-groups.ts";
import { describeStatement } from "./describe-statement.ts";
import { presence } from "./expand-statements.ts";
import type { Condition } from "./facts.ts";
import { homeOf } from "./manifest.ts";
import { createArchive } from "./archive-queries.ts";
import { keepDropped } from "./keep-statements.ts";
import type { Migration } from "./migration.ts";
import { archiveTable, LEDGER_SCHEMA, requiredConstraint, restoredBy, syncSchema } from "./names.ts";
import type { ParsedStatement } from "./parse-statements.ts";
import { identifier, list, literal, sql, type Sql } from "./sql.ts";
import { change, type Change, type Statement } from "./statement.ts";
import type { Surroundings } from "./statements.ts";
import { activeMappings, type ActiveMapping } from "./sync-trigger.ts";
import { removeSync } from "./remove-sync.ts";

/**
 * Archives and drops what only the old version used. The old side gives up NOT NULL first and goes together with the trigger, so that at no statement a
 * write of either version fails.
 */
export function contractStatements(migration: Migration, surroundings: Surroundings): readonly Statement[] {
  const active = activeMappings(migration);
  const isWayBack = restoredBy(migration.id) !== null;
  return [
    change({
      migration: migration.id,
      name: "contracting",
      label: `${migration.id} contracts: from here on there is no way back to what it drops`,
      done: { is: "state", migration: migration.id, in: ["contracting", "finished"] },
      sql: isWayBack ? [] : [recordShape(migration, surroundings)],
      state: "contracting",
    }),
    ...active.flatMap((one) => makeReal(migration, one, surroundings)),
    ...active.flatMap((one) => release(migration, one, surroundings)),
    ...active.flatMap((one) => archive(migration, one, surroundings)),
    ...keepDropped(migration, surroundings),
    ...contractGroups(migration).map((group) => drop(migration, group, surroundings)),
    isWayBack ? restored(migration) : finished(migration),
  ];
}

function finished(migration: Migration): Change {
  return change({
    migration: migration.id,
    name: "finished",
    label: `${migration.id} is finished`,
    done: { is: "state", migration: migration.id, in: ["finished"] },
    state: "finished",
  });
}

/** A way back that has ended leaves neither itself nor its migration, as before that one began. */
function restored(migration: Migration): Change {
  return change({
    migration: migration.id,
    name: "restored",
    label: `${restoredBy(migration.id) ?? migration.id} is taken back`,
    done: { is: "state", migration: migration.id, in: ["absent"] },
    state: "restored",
  });
}

/** What a way back will need to know of the tables. */
function recordShape(migration: Migration, { tables }: Surroundings): Sql {
  // The planner's estimate is nothing to bring back, and differs from run to run.
  const known = Object.entries(tables).map(([name, table]) => [name, { ...table, estimatedRows: -1 }]);
  const shape = literal(JSON.stringify(Object.fromEntries(known)));
  return sql`INSERT INTO ${identifier(LEDGER_SCHEMA, "shape")} (migration, tables) VALUES (${literal(migration.id)}, ${shape}::jsonb) ON CONFLICT DO NOTHING`;
}

/** SET NOT NULL scans nothing, as the validated check proves it. */
function makeReal(
  migration: Migration,
  { mapping }: ActiveMapping,
  { schema }: Surroundings,
): readonly Change[] {
  const home = homeOf(mapping, "new").table;
  const table = identifier(schema, home);
  return mapping.new
    .filter((column) => column.required)
    .map((column) => {
      const constraint = requiredConstraint(column.name);
      return change({
        migration: migration.id,
        name: `not-null:${home}.${column.name}`,
        label: `Make ${home}.${column.name} NOT NULL`,
        sql: [
          sql`ALTER TABLE ${table} ALTER COLUMN ${identifier(column.name)} SET NOT NULL`,
          sql`ALTER TABLE ${table} DROP CONSTRAINT ${identifier(constraint)}`,
        ],
        lock: "brief",
        done: { is: "required", table: home, column: column.name },
      });
    });
}

function release(
  migration: Migration,
  { mapping }: ActiveMapping,
  { schema }: Surroundings,
): readonly Change[] {
  const { table } = homeOf(mapping, "old");
  return mapping.old.map((column) =>
    change({
      migration: migration.id,
      name: `nullable:${table}.${column}`,
      label: `Let ${table}.${column} be empty`,
      sql: [sql`ALTER TABLE ${identifier(schema, table)} ALTER COLUMN ${identifier(column)} DROP NOT NULL`],
      lock: "brief",
      done: { is: "not", of: { is: "required", table, column } },
    }),
  );
}

function archive(
  migration: Migration,
  active: ActiveMapping,
  { schema, tables }: Surroundings,
): readonly Statement[] {
  const { mapping, place } = active;
  const table = archiveTable(migration.id, mapping.table, place, "old");
  const home = homeOf(mapping, "old").table;
  const name = `archive:${place}`;
  const gone: Condition = {
    is: "not",
    of: { is: "column", table: home, column: mapping.old[0] ?? "" },
  };
  return [
    change({
      migration: migration.id,
      name: `archive-table:${place}`,
      label: `Create the archive of ${home}.${mapping.old.join(", ")}`,
      sql: createArchive(schema, active, "old", tables),
      done: { is: "any", of: [{ is: "ledger-table", table }, gone] },
    }),
    {
      kind: "walk",
      migration: migration.id,
      name,
      label: `Archive ${home}.${mapping.old.join(", ")}`,
      work: "archive-old",
      resumes: true,
      active,
      done: { is: "any", of: [{ is: "recorded", migration: migration.id, step: name }, gone] },
    },
  ];
}

function drop(migration: Migration, group: readonly ParsedStatement[], surroundings: Surroundings): Change {
  const { schema } = surroundings;
  const [first] = group;
  const place = first === undefined ? 0 : migration.contract.indexOf(first);
  const name = `contract:${place + 1}`;
  const outside = first !== undefined && first.effect.kind !== "alter-table" && standsAlone(first);
  const endsSync = first !== undefined && endOfSync(migration) === first;
  return change({
    migration: migration.id,
    name,
    label: group.map(describeStatement).join("; "),
    sql: [
      ...(endsSync ? removeSync(migration, surroundings) : []),
      ...group.map((statement) => (outside ? repeatable(statement) : statement.sql)),
      ...(endsSync ? [sql`DROP SCHEMA IF EXISTS ${identifier(syncSchema(migration.id))}`] : []),
    ],
    lock: group.every(blocksNobody) ? "patient" : "brief",
    outside,
    // An index built outside of a transaction may be there before the ledger knows.
    done: {
      is: "any",
      of: [
        { is: "recorded", migration: migration.id, step: name },
        ...(outside && first.effect.kind === "create-index" ? presence(first) : []),
      ],
    },
    searchPath: [schema],
    leftover: outside && first.effect.kind === "create-index" ? first.effect.index : null,
  });
}

/** An index dropped outside of a transaction may be gone before the ledger knows. */
function repeatable({ effect, sql: text }: ParsedStatement): Sql {
  if (effect.kind !== "drop" || effect.type !== "OBJECT_INDEX") return text;
  const names = effect.names.map((name) => identifier(...(name.split(".") as [string, ...string[]])));
  return sql`DROP INDEX CONCURRENTLY IF EXISTS ${list(names)}`;
}
