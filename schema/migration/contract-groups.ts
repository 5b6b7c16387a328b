import { homeOf } from "./manifest.ts";
import type { Migration } from "./migration.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";

/**
 * Statements of contract.sql in order: one transaction as far as possible, alone what must be.
 * @param run how many statements had run each time that the rest was edited, as `runBeforeEdits`
 *   reads it
 * @default []
 */
export function contractGroups(
  migration: Pick<Migration, "contract">,
  run: readonly number[] = [],
): readonly (readonly ParsedStatement[])[] {
  const result: ParsedStatement[][] = [];
  let open = false;
  for (const [index, statement] of migration.contract.entries()) {
    const alone = standsAlone(statement);
    if (alone || !open || run.includes(index)) result.push([]);
    result.at(-1)?.push(statement);
    open = !alone;
  }
  return result;
}

/** The step that records how many statements had run when the rest of contract.sql was edited. */
export function editStep(run: number): string {
  return `edited:${run}`;
}

/** How many statements had run each time that the rest of contract.sql was edited. */
export function runBeforeEdits(steps: readonly string[]): readonly number[] {
  return steps.flatMap((step) => /^edited:(\d+)$/.exec(step)?.slice(1).map(Number) ?? []);
}

/** The step that records a group of contract.sql, by the place of its first statement. */
export function groupStep(
  group: readonly ParsedStatement[],
  { contract }: Pick<Migration, "contract">,
): string {
  const [first] = group;
  return `contract:${first === undefined ? 1 : contract.indexOf(first) + 1}`;
}

/** Whether a statement must be alone in its transaction, or outside of any. */
export function standsAlone({ effect }: ParsedStatement): boolean {
  if (effect.kind === "create-index" || effect.kind === "drop") return effect.concurrently;
  // Validating scans the table, which must not happen under a lock taken earlier in the
  // transaction.
  return (
    effect.kind === "alter-table" && effect.actions.some((action) => action.kind === "validate-constraint")
  );
}

/**
 * Whether a statement changes nothing that a release which goes back would miss: an index that it
 * builds can be dropped again.
 */
export function isReversible(statement: ParsedStatement): boolean {
  return statement.effect.kind === "create-index" ? statement.effect.concurrently : validatesOnly(statement);
}

/** Whether readers and writers go on while a statement runs, and while it waits. */
export function blocksNobody(statement: ParsedStatement): boolean {
  return statement.effect.kind === "alter-table" ? validatesOnly(statement) : standsAlone(statement);
}

function validatesOnly({ effect }: ParsedStatement): boolean {
  return (
    effect.kind === "alter-table" && effect.actions.every((action) => action.kind === "validate-constraint")
  );
}

/**
 * The first statement of the group in which the first mapped column goes, alone or with its table:
 * the triggers and functions go with it.
 */
export function endOfSync(migration: Migration, run: readonly number[]): ParsedStatement | undefined {
  return contractGroups(migration, run).find((group) =>
    group.some((statement) => dropsMapped(statement, migration)),
  )?.[0];
}

/** Whether a statement drops a column that a mapping replaces, alone or with its table. */
export function dropsMapped({ effect }: ParsedStatement, { mappings }: Migration): boolean {
  if (effect.kind === "drop" && effect.type === "OBJECT_TABLE")
    return mappings.some((mapping) => {
      const { table } = homeOf(mapping, "old");
      return table !== mapping.table && effect.names.includes(table);
    });
  if (effect.kind !== "alter-table") return false;
  const replaced = mappings.flatMap((mapping) =>
    homeOf(mapping, "old").table === effect.table.name ? mapping.old : [],
  );
  return effect.actions.some((action) => action.kind === "drop-column" && replaced.includes(action.column));
}
