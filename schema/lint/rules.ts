import type { Rule } from "./rule.ts";
import { addedColumnRules } from "./rules/added-columns.ts";
import { columnRules } from "./rules/columns.ts";
import { commandRules } from "./rules/commands.ts";
import { constraintRules } from "./rules/constraints.ts";
import { functionRules } from "./rules/functions.ts";
import { indexRules } from "./rules/indexes.ts";
import { oldWriteRules } from "./rules/old-writes.ts";
import { partitionRules } from "./rules/partitions.ts";
import { phaseRules } from "./rules/phase.ts";
import { renameRules } from "./rules/renames.ts";
import { rightRules } from "./rules/rights.ts";
import { rowRules } from "./rules/rows.ts";
import { sessionRules } from "./rules/session.ts";
import { syncFunctionRules } from "./rules/sync-functions.ts";
import { tableRules } from "./rules/tables.ts";
import { triggerRules } from "./rules/triggers.ts";
import { undoRules } from "./rules/undo-needed.ts";
import { typeRules } from "./rules/data-types.ts";
import { viewRules } from "./rules/views.ts";

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
