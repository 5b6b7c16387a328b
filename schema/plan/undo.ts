import { createArchive } from "../rows/archive-queries.ts";
import { giveUpContract } from "./contract-preparations.ts";
import { keepAdded } from "./archive.ts";
import { typesOf } from "../migration/expand-types.ts";
import { objectRemovals } from "../migration/made-objects.ts";
import { homeOf } from "../migration/manifest.ts";
import type { Migration } from "../migration/migration.ts";
import { archiveTable, LEDGER_SCHEMA, syncSchema } from "../sql/names.ts";
import { removeSync } from "./remove-sync.ts";
import { identifier, sql } from "../sql/sql.ts";
import { change, type Statement } from "./change.ts";
import type { Surroundings } from "./surroundings.ts";
import { activeMappings } from "../mapping/active-mappings.ts";
import { goesWithTables, isFoundation, removalSql, removals } from "../migration/derive-undo.ts";

/**
 * Takes an expansion back, whatever part of it is there, and keeps the new version's values that
 * would be lost.
 */
export function undoStatements(migration: Migration, surroundings: Surroundings): readonly Statement[] {
  const { schema, ledger } = surroundings;
  const recorded = ledger.migrations[migration.id];
  if (recorded?.state === "contracting" || recorded?.state === "finished") {
    throw new Error(`Cannot undo ${migration.id} as it is ${recorded.state}`);
  }
  const steps = new Set(recorded?.steps);
  const ran = (index: number) => steps.has(`expand:${index + 1}`);
  const all = removals(migration);
  const objects = objectRemovals(migration).filter(({ statement }) => ran(statement));
  const needsHand = migration.expand.some(
    (statement, index) => ran(index) && !goesWithTables(statement, migration),
  );
  const types = typesOf(migration);
  // Where nothing but types was made, what else undo.sql speaks of is not there yet.
  const isBegun = migration.expand.some((statement, index) => ran(index) && !types.includes(statement));
  const byHand = needsHand ? migration.undo.filter((one) => isBegun || isFoundation(one)) : [];
  const gone = { is: "state", migration: migration.id, in: ["absent"] } as const;
  // The new version cannot have written anything before its columns were filled.
  const kept = recorded?.state === "filled" ? activeMappings(migration) : [];
  return [
    ...giveUpContract(migration, surroundings),
    ...kept.flatMap((active): Statement[] => {
      const { mapping, place } = active;
      const table = archiveTable(migration.id, mapping.table, place, "new");
      return [
        change({
          migration: migration.id,
          name: `keep-table:${place}`,
          label: `Create the archive of ${homeOf(mapping, "new").table}.${mapping.new.map((column) => column.name).join(", ")}`,
          // An undo that was given up left values that may be out of date.
          sql: [
            sql`DROP TABLE IF EXISTS ${identifier(LEDGER_SCHEMA, table)}`,
            ...createArchive(schema, active, "new", surroundings.tables),
          ],
          done: gone,
        }),
        {
          kind: "walk",
          migration: migration.id,
          name: `keep:${place}`,
          label: `Archive what ${mapping.toNew} would not make again of ${mapping.table}`,
          work: "archive-new",
          resumes: false,
          active,
          done: gone,
        },
      ];
    }),
    ...(recorded?.state === "filled" ? keepAdded(migration, surroundings) : []),
    ...all
      .filter((removal) => removal.kind === "index")
      .map((removal) =>
        change({
          migration: migration.id,
          name: `undo-index:${removal.index}`,
          label: `Drop index ${removal.index}`,
          sql: [removalSql(removal, schema)],
          lock: "patient",
          outside: true,
          done: { is: "not", of: { is: "index", table: removal.table, index: removal.index, valid: false } },
        }),
      ),
    change({
      migration: migration.id,
      name: "undo",
      label: `Take back what ${migration.id} added`,
      sql: [
        ...removeSync(migration, surroundings),
        sql`DROP SCHEMA IF EXISTS ${identifier(syncSchema(migration.id))}`,
        ...byHand.filter((statement) => !isFoundation(statement)).map((statement) => statement.sql),
        ...objects.filter(({ early }) => early).map((object) => object.sql),
        ...all
          .filter((removal) => removal.kind !== "index" && ran(removal.statement))
          .map((removal) => removalSql(removal, schema)),
        ...byHand.filter(isFoundation).map((statement) => statement.sql),
        ...objects.filter(({ early }) => !early).map((object) => object.sql),
      ],
      lock: "brief",
      done: gone,
      searchPath: [schema],
      state: "absent",
      vacated: recorded?.state !== "expanding",
    }),
  ];
}
