import { createHash } from "node:crypto";
import { createArchive } from "../rows/archive-queries.ts";
import type { Condition } from "../state/catalog.ts";
import { keepDropped } from "./archive.ts";
import { lateRequirements, withoutLateRequirements } from "./late-requirements.ts";
import { homeOf } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { archiveName, archiveTable, LEDGER_SCHEMA, requiredConstraint, restoredBy } from "../sql/names.ts";
import { identifier, literal, sql } from "../sql/sql.ts";
import { change, type Change, type Statement } from "./change.ts";
import type { Surroundings } from "./surroundings.ts";
import { activeMappings } from "../mapping/active-mappings.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";

/**
 * What contract does before it is marked as begun. All of it is harmless to both versions, as the
 * release may still go back: `giveUpContract` takes away what a later undo or another contract must
 * not meet.
 */
export function preparations(migration: Migration, surroundings: Surroundings): readonly Statement[] {
  const active = activeMappings(migration);
  return [
    ...(isPreparedForAnother(migration, surroundings) ? takeAway(migration, surroundings, isOfText) : []),
    recordShape(migration, surroundings),
    ...active.flatMap((one) => archive(migration, one, surroundings)),
    ...keepDropped(migration, surroundings),
    // Last, as from here on the old version may be refused what it could write, if contract is
    // given up.
    ...lateRequirements(migration, surroundings),
    ...active.flatMap((one) => makeReal(migration, one, surroundings)),
  ];
}

/** Takes away what a contract that did not begin to drop has prepared. */
export function giveUpContract(migration: Migration, surroundings: Surroundings): readonly Change[] {
  return [
    ...withoutLateRequirements(migration, surroundings),
    ...takeAway(migration, surroundings, () => true),
  ];
}

/**
 * The step to record before contract.sql builds an index that must not outlive a contract that is
 * given up.
 */
export function builtIndex(index: string): string {
  return `built:${index}`;
}

/** Drops an index that contract.sql built, or began to build. */
export function dropBuilt(migration: string, schema: string, index: string): Change {
  const step = builtIndex(index);
  const name = `give-up-index:${index}`;
  return change({
    migration,
    name,
    label: `Drop index ${index}, which contract had built`,
    sql: [sql`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(schema, index)}`],
    lock: "patient",
    outside: true,
    done: noneRecorded(migration, [step]),
    forgets: [step, name],
  });
}

const PREPARED = "prepared:";
const BUILT = builtIndex("");
/** Steps of `keepDropped`, and what their archives are called after. */
const KEPT = /^archive-(?<part>rows|columns):(?<table>.*)$/s;
/** Steps of contract.sql's own statements: before the mark only such as can be taken back. */
const OWN = /^contract:\d+$/;
/** Steps of `archive`. */
const MAPPED = /^(?:archive(?:-table)?|prove-archive):/;

/** Whether a step was done for one text of contract.sql, and is to be done again for another. */
const isOfText = (step: string): boolean =>
  step.startsWith(PREPARED) || step.startsWith(BUILT) || OWN.test(step) || KEPT.test(step);

/** The step that says for which text of contract.sql the preparations are. */
function preparation({ files }: Migration): string {
  const text = (files["contract.sql"] ?? "").replaceAll("\r\n", "\n");
  return `${PREPARED}${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
}

function isPreparedForAnother(migration: Migration, { ledger }: Surroundings): boolean {
  const prepared = ledger.migrations[migration.id]?.steps.filter((step) => step.startsWith(PREPARED)) ?? [];
  return prepared.some((step) => step !== preparation(migration));
}

function takeAway(
  migration: Migration,
  { ledger, schema }: Surroundings,
  isAsked: (step: string) => boolean,
): readonly Change[] {
  const { id } = migration;
  const recorded = ledger.migrations[id];
  if (recorded?.state !== "filled") return [];
  const steps = recorded.steps.filter((step) => isOfText(step) || MAPPED.test(step)).filter(isAsked);
  const built = steps.filter((step) => step.startsWith(BUILT));
  const rest = steps.filter((step) => !step.startsWith(BUILT));
  const indexes = built.map((step) => dropBuilt(id, schema, step.slice(BUILT.length)));
  if (rest.length === 0) return indexes;
  const archives = [
    ...rest.flatMap((step) => {
      const { part, table } = KEPT.exec(step)?.groups ?? {};
      return part === undefined || table === undefined ? [] : [archiveName("old", id, table, part)];
    }),
    ...(rest.some((step) => MAPPED.test(step))
      ? activeMappings(migration).map(({ mapping, place }) => archiveTable(id, mapping.table, place, "old"))
      : []),
  ];
  return [
    ...indexes,
    change({
      migration: id,
      name: "give-up",
      label: `Take away what contract of ${id} had prepared`,
      sql: [
        ...archives.map((table) => sql`DROP TABLE IF EXISTS ${identifier(LEDGER_SCHEMA, table)}`),
        sql`DELETE FROM ${identifier(LEDGER_SCHEMA, "shape")} WHERE migration = ${literal(id)}`,
      ],
      done: noneRecorded(id, rest),
      forgets: [...rest, "give-up"],
    }),
  ];
}

/** What a way back will need to know of the tables: how they are before anything of contract. */
function recordShape(migration: Migration, { tables }: Surroundings): Change {
  const { id } = migration;
  const name = preparation(migration);
  // The planner's estimate is nothing to bring back, and differs from run to run.
  const known = Object.entries(tables).map(([table, facts]) => [table, { ...facts, estimatedRows: -1 }]);
  const shape = literal(JSON.stringify(Object.fromEntries(known)));
  const record = sql`INSERT INTO ${identifier(LEDGER_SCHEMA, "shape")} (migration, tables) VALUES (${literal(id)}, ${shape}::jsonb) ON CONFLICT DO NOTHING`;
  return change({
    migration: id,
    name,
    label: `Record how the tables of ${id} are before it contracts`,
    sql: restoredBy(id) === null ? [record] : [],
    done: {
      is: "any",
      of: [
        { is: "recorded", migration: id, step: name },
        { is: "state", migration: id, in: ["contracting", "finished"] },
      ],
    },
  });
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
    {
      kind: "walk",
      migration: migration.id,
      name: `prove-archive:${place}`,
      label: `Compare the archive of ${home}.${mapping.old.join(", ")} with its table`,
      work: "prove-archive",
      resumes: false,
      active,
      // The proof is never older than the attempt.
      done: gone,
    },
  ];
}

function noneRecorded(migration: string, steps: readonly string[]): Condition {
  return {
    is: "not",
    of: { is: "any", of: steps.map((step) => ({ is: "recorded", migration, step }) as const) },
  };
}
