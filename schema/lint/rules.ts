import type { Rule } from "./rule.ts";
import { addedColumnRules } from "./rules/tables/added-columns.ts";
import { columnRules } from "./rules/tables/columns.ts";
import { commandRules } from "./rules/commands.ts";
import { constraintRules } from "./rules/tables/constraints.ts";
import { functionRules } from "./rules/objects/functions.ts";
import { indexRules } from "./rules/tables/indexes.ts";
import { oldWriteRules } from "./rules/phases/old-writes.ts";
import { partitionRules } from "./rules/tables/partitions.ts";
import { phaseRules } from "./rules/phases/phase.ts";
import { renameRules } from "./rules/tables/renames.ts";
import { rightRules } from "./rules/objects/rights.ts";
import { rowRules } from "./rules/tables/rows.ts";
import { sessionRules } from "./rules/session.ts";
import { syncFunctionRules } from "./rules/objects/sync-functions.ts";
import { tableRules } from "./rules/tables/tables.ts";
import { triggerRules } from "./rules/objects/triggers.ts";
import { undoRules } from "./rules/phases/undo-needed.ts";
import { typeRules } from "./rules/tables/data-types.ts";
import { viewRules } from "./rules/objects/views.ts";

/** Everything that lint knows. A new rule is one object in one of these lists. */
export const RULES: readonly Rule[] = [
  ...commandRules,
  ...addedColumnRules,
  ...columnRules,
  ...constraintRules,
  ...indexRules,
  ...oldWriteRules,
  ...tableRules,
  ...partitionRules,
  ...renameRules,
  ...viewRules,
  ...triggerRules,
  ...functionRules,
  ...syncFunctionRules,
  ...typeRules,
  ...rowRules,
  ...rightRules,
  ...sessionRules,
  ...phaseRules,
  ...undoRules,
];
