import type { Facts, TriggerFacts } from "../state/catalog.ts";
import type { Migration } from "../migration/migration.ts";
import { kindOf } from "../mapping/kinds.ts";
import { columnsOf, homeOf, mappedIn, tablesOfMapping } from "../migration/manifest.ts";
import type { Asked } from "../protection/asked.ts";
import { BACKFILL_SETTING, isOurTrigger, SYNC_INSERT_TRIGGER, SYNC_TRIGGER } from "../sql/names.ts";

/** Row triggers of the application on a table that is mapped, in the order in which they run. */
function neighbours(facts: Facts, table: string): readonly TriggerFacts[] {
  return (facts.tables[table]?.rowTriggers ?? []).filter(({ name }) => !isOurTrigger(name));
}

/** Tables of which both sides of a mapping are columns. */
function mappedTables(migration: Migration): readonly string[] {
  const mappings = migration.mappings.filter((mapping) => kindOf(mapping).isInOneRow);
  return [...new Set(mappings.map((mapping) => mapping.table))];
}

/**
 * BEFORE triggers run in the byte order of their names: one after ours would change a form whose
 * other one is made already.
 */
export function lateTriggers({ migration, facts }: Asked): readonly string[] {
  return mappedTables(migration).flatMap((table) =>
    neighbours(facts, table)
      .filter(
        ({ name, timing, events }) =>
          timing === "before" &&
          ((events.includes("insert") && isAfter(name, SYNC_INSERT_TRIGGER)) ||
            (events.includes("update") && isAfter(name, SYNC_TRIGGER))),
      )
      .map(
        ({ name }) =>
          `trigger ${name} of ${table} would run after the sync trigger ${SYNC_TRIGGER}, as BEFORE triggers run in the order of their names, and what it changes would miss in the other form: give it an earlier name with ALTER TRIGGER … RENAME TO`,
      ),
  );
}

/**
 * What people should know of each trigger that is there already: when it runs, and what it sees.
 * One sentence each.
 */
export function triggerNotes(migration: Migration, facts: Facts): readonly string[] {
  return [
    ...mappedTables(migration).flatMap((table) => {
      const mapped = migration.mappings.flatMap((mapping) => mappedIn(mapping, table));
      return neighbours(facts, table)
        .filter(({ events }) => events.includes("insert") || events.includes("update"))
        .map(({ name, timing, columns }) => {
          const sight =
            timing === "before"
              ? "runs before the sync trigger: it sees the form that was written, the other one not yet, and what it changes is carried over"
              : "runs after the sync trigger: it sees both forms";
          const listed = columns.filter((column) => mapped.includes(column));
          const firing =
            listed.length === 0
              ? ""
              : `; it fires only for statements that name ${listed.join(", ")}, not for what the sync trigger makes of the other form`;
          return `Trigger ${name} of ${table} ${sight}${firing}`;
        });
    }),
    ...migration.mappings
      .filter((mapping) => !kindOf(mapping).isInOneRow)
      .flatMap((mapping) => moveNotes(facts, tablesOfMapping(mapping))),
    ...fillNotes(migration, facts),
  ];
}

/**
 * The backfill is an UPDATE like any other, so it fires what the application does at each; that may
 * stamp a time, or write to a log.
 */
function fillNotes(migration: Migration, facts: Facts): readonly string[] {
  const filled = new Map<string, readonly string[]>();
  for (const mapping of migration.mappings) {
    const { table } = homeOf(mapping, "new");
    // Into a table of its own rows are inserted, and nothing of the application's is there yet.
    if (kindOf(mapping).mayBeAbsent(mapping, "new")) continue;
    filled.set(table, [...(filled.get(table) ?? []), ...columnsOf(mapping, "new")]);
  }
  return [...filled].flatMap(([table, set]) =>
    neighbours(facts, table)
      .filter(
        ({ events, columns }) =>
          events.includes("update") &&
          (columns.length === 0 || columns.some((column) => set.includes(column))),
      )
      .map(
        ({ name }) =>
          `Trigger ${name} of ${table} also fires for every row that the backfill fills: where it must not, give it WHEN (current_setting('${BACKFILL_SETTING}', true) IS DISTINCT FROM 'on')`,
      ),
  );
}

/**
 * What is carried over to another table is what all BEFORE triggers have made of the row; AFTER
 * triggers run in the order of their names. A carried write updates the own table, and does
 * anything to the other one.
 */
function moveNotes(facts: Facts, [table = "", ...others]: readonly string[]): readonly string[] {
  return [table, ...others].flatMap((one) =>
    neighbours(facts, one).map(({ name, timing, events }) => {
      const sight = timing === "before" ? "what it changes is carried over" : "it sees there what was before";
      const rights =
        others.includes(one) || events.includes("update")
          ? "; where a carried write fires it, it runs as the tables' owner (current_user too), and finds without a schema only what is in the application's"
          : "";
      return `Trigger ${name} of ${one} runs before its row is carried over between ${[table, ...others].join(" and ")}: ${sight}${rights}`;
    }),
  );
}

/** As PostgreSQL compares names: byte by byte. */
function isAfter(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) > 0;
}
