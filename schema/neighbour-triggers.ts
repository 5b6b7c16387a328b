import type { Facts, TriggerFacts } from "./facts.ts";
import type { Migration } from "./migration.ts";
import { SYNC_INSERT_TRIGGER, SYNC_TRIGGER, SYNC_TRIGGERS } from "./names.ts";

/** Row triggers of the application on a table that is mapped, in the order in which they run. */
function neighbours(facts: Facts, table: string): readonly TriggerFacts[] {
  return (facts.tables[table]?.rowTriggers ?? []).filter(({ name }) => !SYNC_TRIGGERS.includes(name));
}

function mappedTables(migration: Migration): readonly string[] {
  return [...new Set(migration.mappings.map((mapping) => mapping.table))];
}

/** BEFORE triggers run in the byte order of their names: one after ours would change a form whose other one is made already. */
export function lateTriggers(migration: Migration, facts: Facts): readonly string[] {
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

/** What people should know of each trigger that is there already: when it runs, and what it sees. One sentence each. */
export function triggerNotes(migration: Migration, facts: Facts): readonly string[] {
  return mappedTables(migration).flatMap((table) => {
    const mapped = migration.mappings
      .filter((mapping) => mapping.table === table)
      .flatMap((mapping) => [...mapping.old, ...mapping.new.map((column) => column.name)]);
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
  });
}

/** As PostgreSQL compares names: byte by byte. */
function isAfter(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) > 0;
}
