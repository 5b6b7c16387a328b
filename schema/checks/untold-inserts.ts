import { knownDefault } from "../expressions/known-default.ts";
import { activeMappings } from "../mapping/active-mappings.ts";
import type { Asked } from "../protection/asked.ts";
import { untoldInsert } from "../sync/untold-insert.ts";

/**
 * Mappings of which nobody can tell by values who inserted a row, where both versions may have one
 * login.
 */
export function untoldInserts({ migration, facts, sharesLogin }: Asked): readonly string[] {
  if (!sharesLogin) return [];
  return activeMappings(migration).flatMap((active) => {
    const why = untoldInsert(active, (table, name) => {
      const column = facts.tables[table]?.columns[name];
      return column && { notNull: column.notNull, hasDefault: knownDefault(column)?.text !== "NULL" };
    });
    return why === null ? [] : [why];
  });
}
