import { catchingForms, dropCatching } from "../sync/catching.ts";
import { recordDefinitions } from "../sync/definitions.ts";
import type { Migration } from "../migration/migration.ts";
import { dropMove } from "../sync/table-move-triggers.ts";
import { syncFunction, syncSchema } from "../sql/names.ts";
import { identifier, sql, type Sql } from "../sql/sql.ts";
import type { Surroundings } from "./surroundings.ts";
import { syncBody } from "../sync/sync-body.ts";
import {
  activeMappings,
  createSyncFunction,
  createSyncTriggers,
  dropSyncTriggers,
  isInOneTable,
} from "../sync/sync-trigger.ts";

/** Takes a migration's mappings out of the triggers; a trigger without mappings goes. Functions go too, their schema is left. */
export function removeSync(
  migration: Migration,
  { schema, others, tables: facts, writers }: Surroundings,
): readonly Sql[] {
  const active = activeMappings(migration);
  if (active.length === 0) return [];
  const tables = [...new Set(active.filter(isInOneTable).map(({ mapping }) => mapping.table))];
  const triggers = tables.flatMap((table) => {
    const rest = others.filter((one) => isInOneTable(one) && one.mapping.table === table);
    return rest.length > 0
      ? [
          ...catchingForms(schema, rest, facts),
          createSyncFunction(table, syncBody(rest, facts, writers)),
          ...createSyncTriggers(schema, table, rest, facts),
        ]
      : dropSyncTriggers(schema, table);
  });
  const functions = migration.sync
    .toReversed()
    .flatMap(({ effect }) =>
      effect.kind === "create-function"
        ? [sql`DROP FUNCTION IF EXISTS ${identifier(syncSchema(migration.id), effect.name)}`]
        : [],
    );
  const moves = active.filter((one) => !isInOneTable(one)).flatMap((one) => dropMove(schema, one));
  const kept = tables.filter((table) => others.some((one) => one.mapping.table === table));
  const watched = { triggers: kept, columns: [], functions: kept.map(syncFunction), schemas: [] };
  return [
    ...triggers,
    ...moves,
    ...active.flatMap(dropCatching),
    ...functions,
    ...recordDefinitions(schema, watched),
  ];
}
