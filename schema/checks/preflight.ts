import type { Asked, ProtectionAsked } from "../protection/asked.ts";
import {
  collisions,
  corruptingIndexes,
  foreignTriggers,
  limitedDomains,
  oldServers,
  strangeArchives,
} from "./expansion-objections.ts";
import { earlyConstraints, earlyUniqueness } from "./early-constraints.ts";
import { columnGrantObjections } from "../protection/column-grants.ts";
import { labelObjections } from "../protection/column-followers.ts";
import { lostGuarantees } from "../protection/lost-with-columns.ts";
import {
  createdChildren,
  mappedTables,
  missingNewColumns,
  missingOldColumns,
  oldColumns,
  references,
  rivalMappings,
} from "./mapping-objections.ts";
import { lateTriggers } from "./application-triggers.ts";
import { replicationObjections } from "../protection/replication.ts";
import { movedRowSecurity, policiesOfDropped } from "../protection/row-security.ts";
import { openSchemas } from "./open-schemas.ts";
import {
  changedDefinitions,
  missingTriggers,
  redirectingRules,
  silencingSettings,
} from "./sync-objections.ts";
import { movedGrants } from "../protection/table-grants.ts";
import { untoldInserts } from "./untold-inserts.ts";
import { forcedRowSecurity, missingTables, ownership } from "./table-objections.ts";

/**
 * When the facts of the catalog are asked. `expand`: before anything is added. `both`: while both
 * forms are there, before each stage that relies on them. `contract`: the same before contract
 * drops the old one. `undo`: before the new form is taken away.
 */
export type Moment = "expand" | "both" | "contract" | "undo";

/** One kind of objection, and when it counts. */
interface Objection {
  readonly at: readonly Moment[];
  /** Whatever speaks against going on, one sentence each, with the remedy. */
  readonly found: (asked: Asked) => readonly string[];
}

const BEFORE: readonly Moment[] = ["expand"];
const FORWARD: readonly Moment[] = ["expand", "both", "contract"];
const ALWAYS: readonly Moment[] = ["expand", "both", "contract", "undo"];
const AFTER: readonly Moment[] = ["both", "contract", "undo"];
/** When contract.sql may still be edited, so that what it says counts. */
const AROUND: readonly Moment[] = ["expand", "contract"];
const BOTH: readonly Moment[] = ["both", "contract"];

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
  { at: BEFORE, found: untoldInserts },
  { at: BEFORE, found: foreignTriggers },
  // The way back runs nothing that looks a name up there.
  { at: FORWARD, found: openSchemas },
  { at: FORWARD, found: lateTriggers },
  { at: FORWARD, found: redirectingRules },
  { at: FORWARD, found: silencingSettings },
  { at: BOTH, found: missingTriggers },
  { at: BOTH, found: changedDefinitions },
  { at: BEFORE, found: earlyUniqueness },
  { at: BEFORE, found: earlyConstraints },
  { at: BEFORE, found: strangeArchives },
  { at: FORWARD, found: protecting(movedRowSecurity) },
  { at: FORWARD, found: protecting(movedGrants) },
  { at: ["both", "contract"], found: protecting(columnGrantObjections) },
  { at: FORWARD, found: protecting(labelObjections) },
  { at: AROUND, found: protecting(policiesOfDropped) },
  { at: AROUND, found: protecting(lostGuarantees) },
  { at: BEFORE, found: protecting(replicationObjections) },
];

/**
 * What is asked of all that protects or follows a column, where there is anybody to be protected.
 */
function protecting(found: (asked: ProtectionAsked) => readonly string[]): Objection["found"] {
  return ({ protection, ...asked }) => (protection === null ? [] : found({ ...asked, protection }));
}

/** Why a migration cannot go on in this database: all reasons at once. */
export function objections(moment: Moment, asked: Asked): readonly string[] {
  return OBJECTIONS.filter(({ at }) => at.includes(moment)).flatMap(({ found }) => found(asked));
}
