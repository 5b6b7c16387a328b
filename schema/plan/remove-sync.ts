import { dropCatching } from "../sync/conversion-errors.ts";
import { recordDefinitions } from "../sync/definitions.ts";
import type { Migration } from "../migration/migration.ts";
import { KINDS } from "../mapping/kinds.ts";
import { syncFunction, syncSchema } from "../sql/names.ts";
import { identifier, sql, type Sql } from "../sql/sql.ts";
import type { Surroundings } from "./surroundings.ts";
import { activeMappings } from "../mapping/active-mappings.ts";

/**
 * Takes a migration's mappings out of the triggers; a trigger without mappings goes. Functions go
 * too, their schema is left.
 */
export function removeSync(migration: Migration, surroundings: Surroundings): readonly Sql[] {
  const active = activeMappings(migration);
  if (active.length === 0) return [];
  const parts = KINDS.map((kind) =>
    kind.letGo(
      active.filter((one) => one.kind === kind),
      surroundings.others,
      surroundings,
    ),
  );
  const functions = migration.sync
    .toReversed()
    .flatMap(({ effect }) =>
      effect.kind === "create-function"
        ? [sql`DROP FUNCTION IF EXISTS ${identifier(syncSchema(migration.id), effect.name)}`]
        : [],
    );
  const kept = parts.flatMap((part) => part.kept);
  const watched = { triggers: kept, columns: [], functions: kept.map(syncFunction), schemas: [] };
  return [
    ...parts.flatMap((part) => part.sql),
    ...active.flatMap(dropCatching),
    ...functions,
    ...recordDefinitions(surroundings.schema, watched),
  ];
}
