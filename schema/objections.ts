import {
  collisions,
  corruptingIndexes,
  earlyUniqueness,
  foreignTriggers,
  limitedDomains,
  oldServers,
  strangeArchives,
} from "./expansion-objections.ts";
import type { Facts, Ledger } from "./facts.ts";
import {
  createdChildren,
  mappedTables,
  missingNewColumns,
  missingOldColumns,
  oldColumns,
  references,
  rivalMappings,
} from "./mapping-objections.ts";
import type { Migration } from "./migration.ts";
import { lateTriggers } from "./neighbour-triggers.ts";
import { ownership, forcedRowSecurity, missingTables } from "./table-objections.ts";

/**
 * When the facts of the catalog are asked. `expand`: before anything is added. `both`: while both forms are there, before each stage that relies on them, and
 * before contract drops the old one. `undo`: before the new form is taken away.
 */
export type Moment = "expand" | "both" | "undo";

/** What the objections are made of. */
export interface Asked {
  readonly migration: Migration;
  readonly facts: Facts;
  readonly ledger: Ledger;
  /** Other migrations that are expanded and not contracted. */
  readonly others: readonly Migration[];
}

/** One kind of objection, and when it counts. */
interface Objection {
  readonly at: readonly Moment[];
  /** Whatever speaks against going on, one sentence each, with the remedy. */
  readonly found: (asked: Asked) => readonly string[];
}

const BEFORE: readonly Moment[] = ["expand"];
const FORWARD: readonly Moment[] = ["expand", "both"];
const ALWAYS: readonly Moment[] = ["expand", "both", "undo"];
const AFTER: readonly Moment[] = ["both", "undo"];

/** Everything that is asked of the catalog, in the order in which people are told. */
const OBJECTIONS: readonly Objection[] = [
  { at: BEFORE, found: oldServers },
  { at: BEFORE, found: corruptingIndexes },
  { at: BEFORE, found: collisions },
  { at: ALWAYS, found: missingTables },
  { at: ALWAYS, found: ownership },
  { at: BEFORE, found: rivalMappings },
  { at: ALWAYS, found: forcedRowSecurity },
  { at: ALWAYS, found: mappedTables },
  { at: BEFORE, found: createdChildren },
  { at: FORWARD, found: references },
  { at: ALWAYS, found: missingOldColumns },
  { at: AFTER, found: missingNewColumns },
  { at: FORWARD, found: oldColumns },
  { at: BEFORE, found: limitedDomains },
  { at: BEFORE, found: foreignTriggers },
  { at: FORWARD, found: lateTriggers },
  { at: BEFORE, found: earlyUniqueness },
  { at: BEFORE, found: strangeArchives },
];

/** Why a migration cannot go on in this database: all reasons at once. */
export function objections(moment: Moment, asked: Asked): readonly string[] {
  return OBJECTIONS.filter(({ at }) => at.includes(moment)).flatMap(({ found }) => found(asked));
}
