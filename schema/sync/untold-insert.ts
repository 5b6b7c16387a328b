import type { ActiveMapping, ColumnLookup } from "./mapping-kind.ts";

/**
 * Why nobody can tell by its values which version inserted a row, and what to do; null where values
 * tell, whoever wrote it.
 */
export function untoldInsert(active: ActiveMapping, columnOf: ColumnLookup): string | null {
  const { mapping, kind } = active;
  const ambiguous = kind.ambiguous(active, columnOf);
  if (ambiguous.length === 0) return null;
  const [is, their] =
    ambiguous.length === 1 ? ["has a default", "that default"] : ["have defaults", "those defaults"];
  const required = kind.isInOneRow
    ? `, make one of ${mapping.new.map(({ name }) => name).join(", ")} "required" in migration.yaml`
    : "";
  return (
    `with database.logins: application values alone tell who inserted a row into ${mapping.table}, and they do not where ${ambiguous.join(", ")} ${is}: ` +
    `an insert of the new version that leaves them alone looks like one of the old version, and would be changed. ` +
    `Take ${their} away in a release before${required}, or release with a login for each colour (database.logins: colour)`
  );
}
