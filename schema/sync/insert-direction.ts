import type { Facts } from "../state/catalog.ts";
import { knownDefault } from "../expressions/known-default.ts";
import { homeOf } from "../migration/manifest.ts";
import { identifier, list, some, sql, type Sql } from "../sql/sql.ts";
import type { ActiveMapping } from "./mapping-kind.ts";
import { writtenBy, type Writers } from "./writers.ts";

/**
 * A column with what it holds where an insert does not name it: a constant, as its type reads it.
 */
interface Untouched {
  readonly column: string;
  readonly constant: Sql;
}

/**
 * PL/pgSQL that sets `gave_new`: whether an insert gave the new side. Values cannot always say so,
 * as a value that was written may equal a default, so the logins of the two versions decide; the
 * values do for any other login, such as that of a nightly job.
 */
export function insertDirection(active: ActiveMapping, tables: Facts["tables"], writers: Writers): Sql {
  const fresh = active.created.map(({ column, constant }) => ({ column, constant: constant ?? sql`NULL` }));
  const old = knownOld(active, tables);
  const constants = [...fresh, ...old].filter(({ constant }) => constant.text !== "NULL");
  const newGiven = some(fresh.map(isTouched));
  // The old version cannot have left such a column empty, so the writer is the new one, and what it
  // left out is meant.
  const oldImpossible = some(
    active.mapping.old
      .filter((column) => tables[active.mapping.table]?.columns[column]?.notNull ?? false)
      .map((column) => sql`NEW.${identifier(column)} IS NULL`),
  );
  // Nor the new version one that it requires: it leaves the row to what the old side says.
  const newImpossible = some(
    active.mapping.new
      .filter(({ required }) => required)
      .map(({ name }) => sql`NEW.${identifier(name)} IS NULL`),
  );
  // Assigned to a row of the table, a constant is what its column stores.
  const assigned = constants.map(({ column, constant }) => sql`pair.${identifier(column)} := ${constant};`);
  const prepare = assigned.length === 0 ? [] : [sql`pair := NEW;`, ...assigned];
  return sql`IF ${writtenBy(writers, "old")} THEN
      gave_new := false;
    ELSE
      ${list(prepare, " ")}
      IF ${writtenBy(writers, "new")} THEN
        gave_new := ${newGiven} OR NOT (${some(old.map(isTouched))} OR ${newImpossible});
      ELSE
        gave_new := ${newGiven} OR ${oldImpossible};
      END IF;
    END IF;`;
}

/**
 * Columns of the old side whose default is known; of another one nobody can tell a default from a
 * value that was written.
 */
function knownOld({ mapping }: ActiveMapping, tables: Facts["tables"]): readonly Untouched[] {
  const columns = tables[homeOf(mapping, "old").table]?.columns ?? {};
  return mapping.old.flatMap((column) => {
    const facts = columns[column];
    const constant = facts && knownDefault(facts);
    return constant ? [{ column, constant }] : [];
  });
}

/** PostgreSQL asks no operator of a type where NULL stands in so many letters. */
function isTouched({ column, constant }: Untouched): Sql {
  const name = identifier(column);
  return constant.text === "NULL"
    ? sql`NEW.${name} IS DISTINCT FROM NULL`
    : sql`CAST(ROW(NEW.${name}) AS pg_catalog.record) OPERATOR(pg_catalog.*<>) CAST(ROW(pair.${name}) AS pg_catalog.record)`;
}
