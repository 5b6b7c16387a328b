import { additive, isDeferred } from "./expand.ts";
import { earlyRequirements } from "./late-requirements.ts";
import { homeOf, tablesOfMapping } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { bringBack, broughtBack } from "./archive.ts";
import { sourceArchive } from "../rows/archive-queries.ts";
import { LEDGER_SCHEMA, syncSchema } from "../sql/names.ts";
import { identifier, sql, type Sql } from "../sql/sql.ts";
import { change, type Change, type Statement, type Walk } from "./change.ts";
import type { Surroundings } from "./surroundings.ts";
import { activeMappings } from "../mapping/active-mappings.ts";
import type { ActiveMapping } from "../sync/mapping-kind.ts";

/**
 * Carries every row over, looks at every row again, makes the constraints hold, and
 * builds the indexes.
 */
export function fillStatements(migration: Migration, surroundings: Surroundings): readonly Statement[] {
  const active = activeMappings(migration);
  const walked = [...new Set(active.map(({ mapping }) => mapping.table))];
  const tables = [...new Set(active.flatMap(({ mapping }) => tablesOfMapping(mapping)))];
  return [
    ...walked.map((table) => analyze(migration, table, "before", surroundings)),
    ...active.map((one) => backfill(migration, one)),
    ...bringBack(migration, surroundings),
    // Also fills what got another key while the backfill passed; a row without a value would be
    // refused by the checks that follow.
    ...verifyStatements(migration),
    ...active.flatMap((one) => earlyRequirements(migration, one, surroundings)),
    ...migration.expand.flatMap((statement, index) =>
      isDeferred(statement, migration) ? [additive(migration, statement, index, surroundings)] : [],
    ),
    // The new version's first queries must not be planned without statistics of its columns.
    ...tables.map((table) => analyze(migration, table, "after", surroundings)),
    change({
      migration: migration.id,
      name: "filled",
      label: `${migration.id} is filled`,
      // What they kept is in the table now.
      sql: [
        ...active.flatMap((one) =>
          (["undone", "dropped"] as const).map((source) => dropArchive(sourceArchive(one, source).table)),
        ),
        ...broughtBack(migration, surroundings).map(dropArchive),
      ],
      done: { is: "state", migration: migration.id, in: ["filled", "contracting", "finished"] },
      state: "filled",
    }),
  ];
}

/** Looks at every row: do its two sides agree? */
export function verifyStatements(migration: Migration): readonly Walk[] {
  return activeMappings(migration).map((active) => ({
    kind: "walk",
    migration: migration.id,
    name: `verify:${active.place}`,
    label: `Compare both forms of every row of ${active.mapping.table}`,
    work: "verify",
    resumes: false,
    active,
    // Proof is never older than the attempt, but there is nothing to compare once the old side is
    // gone, or what keeps it in step.
    done: {
      is: "any",
      of: [
        {
          is: "not",
          of: {
            is: "column",
            table: homeOf(active.mapping, "old").table,
            column: active.mapping.old[0] ?? "",
          },
        },
        {
          is: "all",
          of: [
            { is: "state", migration: migration.id, in: ["contracting"] },
            { is: "not", of: { is: "schema", schema: syncSchema(migration.id) } },
          ],
        },
      ],
    },
  }));
}

function analyze(
  migration: Migration,
  table: string,
  when: "before" | "after",
  { schema }: Surroundings,
): Change {
  const name = `analyze-${when}:${table}`;
  return change({
    migration: migration.id,
    name,
    label: `Gather statistics of ${table}`,
    sql: [sql`ANALYZE ${identifier(schema, table)}`],
    lock: "patient",
    done: { is: "recorded", migration: migration.id, step: name },
  });
}

function backfill(migration: Migration, active: ActiveMapping): Walk {
  const { mapping, place } = active;
  const name = `backfill:${place}`;
  return {
    kind: "walk",
    migration: migration.id,
    name,
    label: `Fill ${mapping.new.map((column) => column.name).join(", ")} of ${homeOf(mapping, "new").table}`,
    work: "backfill",
    resumes: true,
    active,
    done: { is: "recorded", migration: migration.id, step: name },
  };
}

function dropArchive(table: string): Sql {
  return sql`DROP TABLE IF EXISTS ${identifier(LEDGER_SCHEMA, table)}`;
}
