import { isWatched, type DefinitionFacts } from "../sync/definitions.ts";
import { watchedBy } from "../mapping/watched-by.ts";
import type { TableFacts } from "../state/catalog.ts";
import { homesOf, mappedIn, tablesOfMapping } from "../migration/manifest.ts";
import { BACKFILL_SETTING, isOurTrigger, LEDGER_SCHEMA, SYNC_TRIGGERS } from "../sql/names.ts";
import type { Asked } from "../protection/asked.ts";
import { identifier, literal } from "../sql/sql.ts";
import { activeMappings } from "../mapping/active-mappings.ts";

const OUT_OF_STEP = "rows written meanwhile may be out of step, which the comparison of both forms will show";

/** The triggers that keep both forms in step must be there, and fire whoever writes. */
export function missingTriggers(asked: Asked): string[] {
  return mappedTables(asked).flatMap((table) => {
    const found = asked.facts.tables[table];
    if (found === undefined) return [];
    const missing = expectedTriggers(asked, table).filter((name) => !found.triggers.includes(name));
    return [
      ...missing.map(
        (name) =>
          `trigger ${name} of ${table}, which keeps both forms in step, is gone: run what ${query(name)} shows, then ALTER TABLE ${identifier(table).text} ENABLE ALWAYS TRIGGER ${identifier(name).text}; ${OUT_OF_STEP}`,
      ),
      ...silentTriggers(table, found),
    ];
  });
}

/**
 * DISABLE and ENABLE TRIGGER ALL, as some restores run them, leave a trigger that does not fire for
 * logical replication.
 */
function silentTriggers(table: string, { triggerStates }: TableFacts): string[] {
  const silent = Object.entries(triggerStates).filter(([name, state]) => isOurTrigger(name) && state !== "A");
  if (silent.length === 0) return [];
  const enable = silent.map(([name]) => `ENABLE ALWAYS TRIGGER ${identifier(name).text}`).join(", ");
  const states = silent.map(([name, state]) => `${name} ${STATES[state] ?? "is not"}`).join(", ");
  return [
    `every trigger that keeps both forms of ${table} in step must be enabled ALWAYS: ${states}. Run ALTER TABLE ${identifier(table).text} ${enable}; ${OUT_OF_STEP}`,
  ];
}

const STATES: Readonly<Record<string, string>> = {
  D: "is disabled",
  O: "does not fire for logical replication and restores",
  R: "fires for logical replication and restores only",
};

/** What was made for both forms must be as it was made. */
export function changedDefinitions(asked: Asked): string[] {
  const { migration, definitions } = asked;
  const watched = watchedBy(migration);
  return definitions
    .filter((one) => isWatched(watched, one) && one.now !== one.recorded)
    .flatMap((one) => {
      const { kind, within, name, now } = one;
      if (kind === "column") return columnObjections(asked, one);
      if (kind === "trigger") {
        return now === null
          ? []
          : [
              `trigger ${name} of ${within} was changed since it was made: DROP TRIGGER ${identifier(name).text} ON ${identifier(within).text}, run what ${query(name)} shows, then ALTER TABLE ${identifier(within).text} ENABLE ALWAYS TRIGGER ${identifier(name).text}; ${OUT_OF_STEP}`,
            ];
      }
      return [
        `function ${within}.${name}, which both forms rely on, was ${now === null ? "dropped" : "changed"} since it was made: run what ${query(name)} shows; ${OUT_OF_STEP}`,
      ];
    });
}

function columnObjections({ migration }: Asked, { within, name, recorded, now }: DefinitionFacts): string[] {
  const concerned = migration.mappings.flatMap((mapping) => [
    ...mappedIn(mapping, within),
    ...homesOf(mapping).flatMap(({ table, key }) => (table === within ? key : [])),
  ]);
  return now === null || !concerned.includes(name)
    ? []
    : [
        `${within}.${name} was ${recorded} when ${migration.id} was expanded, and is ${now} now, for which its triggers were not made: change it back, or go back to stable and expand again`,
      ];
}

/** Rules come before triggers, and would send writes elsewhere. */
export function redirectingRules(asked: Asked): string[] {
  const others = asked.migration.mappings.flatMap((mapping) =>
    tablesOfMapping(mapping).filter((table) => table !== mapping.table),
  );
  return mappedTables(asked).flatMap((table) =>
    (asked.facts.tables[table]?.redirections ?? [])
      .filter(({ event }) => event !== "delete" || others.includes(table))
      .map(
        ({ name, event }) =>
          `rule ${name} of ${table} does something else instead of ${event.toUpperCase()}, so what the release writes would not arrive: DROP RULE ${identifier(name).text} ON ${identifier(table).text}, and write a trigger instead`,
      ),
  );
}

/**
 * The setting of the backfill's own writes, set for everybody, would switch the triggers off
 * without a trace.
 */
export function silencingSettings({ migration, facts }: Asked): string[] {
  return migration.mappings.length === 0
    ? []
    : facts.silencedFor.map(
        (whose) =>
          `${whose} sets ${BACKFILL_SETTING}, which switches off what keeps both forms in step: ALTER ${whose} RESET ${BACKFILL_SETTING}`,
      );
}

/** Of a release that an older version of the program has begun, the ledger records none. */
function expectedTriggers({ migration, definitions }: Asked, table: string): readonly string[] {
  const recorded = definitions.filter(({ kind, within }) => kind === "trigger" && within === table);
  if (recorded.length > 0) return recorded.map(({ name }) => name);
  const isInStep = activeMappings(migration).some(
    ({ kind, mapping }) => kind.isInOneRow && mapping.table === table,
  );
  return isInStep ? SYNC_TRIGGERS : [];
}

function mappedTables({ migration }: Asked): readonly string[] {
  return [...new Set(migration.mappings.flatMap(tablesOfMapping))];
}

function query(name: string): string {
  return `SELECT text FROM ${LEDGER_SCHEMA}.definition WHERE name = ${literal(name).text}`;
}
