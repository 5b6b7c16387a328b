import { keptNames } from "./archive-queries.ts";
import { compare } from "../sql/compare.ts";
import { homeOf } from "../migration/manifest.ts";
import { names, type MappedTable } from "./mapped-rows.ts";
import { archiveTable, LEDGER_SCHEMA } from "../sql/names.ts";
import { every, identifier, list, sql, type Sql } from "../sql/sql.ts";

/** Keeps each old side whose key the archive does not have. */
export function archiveMissing(mapped: MappedTable): Sql {
  const { mapping } = mapped.active;
  const { key } = homeOf(mapping, "old");
  const columns = keptNames(mapped.active, "old");
  const fields = [...key, ...mapping.old].map((column) => identifier("side", column));
  const { side, archive, isSame } = places(mapped);
  // A key that the table has twice is left to the count.
  return sql`INSERT INTO ${archive} (${names([...mapping.key, ...columns])}) SELECT ${list(fields)} FROM ${side} AS side WHERE NOT EXISTS (SELECT FROM ${archive} AS kept WHERE ${isSame}) ON CONFLICT (${names(mapping.key)}) DO NOTHING`;
}

/** How many old sides there are (`rows`), and how many the archive has of them (`archived`). */
export function countArchived(mapped: MappedTable): Sql {
  const { side, archive, isSame } = places(mapped);
  return sql`SELECT (SELECT count(*) FROM ${side})::float8 AS rows, (SELECT count(*) FROM ${archive} AS kept WHERE EXISTS (SELECT FROM ${side} AS side WHERE ${isSame}))::float8 AS archived`;
}

function places(mapped: MappedTable) {
  const { mapping, migration, place } = mapped.active;
  const { table, key } = homeOf(mapping, "old");
  return {
    side: identifier(mapped.schema, table),
    archive: identifier(LEDGER_SCHEMA, archiveTable(migration, mapping.table, place, "old")),
    isSame: every(
      mapped.key.map(({ name, comparison }, index) =>
        compare(identifier("side", key[index] ?? ""), "=", identifier("kept", name), comparison),
      ),
    ),
  };
}
