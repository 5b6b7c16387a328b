import type { AlterTableCmd, AlterTableType } from "libpg-query";
import type { LockMode } from "../lock-mode.ts";
import { lock, onCommand, type Rule } from "../rule.ts";

interface CommandForm {
  /** What the action locks its table with. */
  readonly lock: LockMode;
  /** Why it may not stand in expand.sql; null: it may, or a rule of its own says. */
  readonly early: string | null;
}

const AX = "ACCESS EXCLUSIVE";
const SRX = "SHARE ROW EXCLUSIVE";
const SUX = "SHARE UPDATE EXCLUSIVE";
const FIRES = "it changes what the old version's writes do";

/**
 * The actions of ALTER TABLE that have a lock or a phase of their own; any other takes ACCESS
 * EXCLUSIVE and waits for contract.
 */
const FORMS: Partial<Record<AlterTableType, CommandForm>> = {
  AT_AddColumn: { lock: AX, early: null },
  AT_ColumnDefault: { lock: AX, early: null },
  AT_DropNotNull: { lock: AX, early: "the old version may read a NULL that it does not expect" },
  AT_SetNotNull: { lock: AX, early: null },
  AT_SetStatistics: { lock: SUX, early: null },
  AT_SetOptions: { lock: SUX, early: null },
  AT_ResetOptions: { lock: SUX, early: null },
  AT_SetStorage: { lock: AX, early: null },
  AT_SetCompression: { lock: AX, early: null },
  AT_DropColumn: { lock: AX, early: null },
  AT_AddConstraint: { lock: AX, early: null },
  AT_ValidateConstraint: { lock: SUX, early: null },
  AT_DropConstraint: { lock: AX, early: null },
  AT_AlterColumnType: { lock: AX, early: null },
  AT_ClusterOn: { lock: SUX, early: null },
  AT_DropCluster: { lock: SUX, early: null },
  AT_SetRelOptions: { lock: SUX, early: null },
  AT_ResetRelOptions: { lock: SUX, early: null },
  AT_ReplicaIdentity: { lock: AX, early: null },
  AT_EnableTrig: { lock: SRX, early: FIRES },
  AT_EnableAlwaysTrig: { lock: SRX, early: FIRES },
  AT_EnableReplicaTrig: { lock: SRX, early: FIRES },
  AT_DisableTrig: { lock: SRX, early: FIRES },
  AT_EnableTrigAll: { lock: SRX, early: FIRES },
  AT_DisableTrigAll: { lock: SRX, early: FIRES },
  AT_EnableTrigUser: { lock: SRX, early: FIRES },
  AT_DisableTrigUser: { lock: SRX, early: FIRES },
  AT_EnableRowSecurity: { lock: AX, early: "rows disappear for the old version" },
  AT_ForceRowSecurity: { lock: AX, early: "rows disappear for the old version" },
  AT_AttachPartition: { lock: SUX, early: null },
  AT_DetachPartition: { lock: AX, early: "the partition's rows disappear for the old version" },
  AT_SetLogged: { lock: AX, early: null },
  AT_SetUnLogged: { lock: AX, early: null },
};

const ANY_OTHER: CommandForm = { lock: AX, early: "the old version may rely on what it changes" };

export const commandRules: readonly Rule[] = [
  onCommand([], "command-in-expand", ({ table, command }, { part, statement }) => {
    const form = FORMS[command.subtype ?? "AT_AddColumn"] ?? ANY_OTHER;
    const problem =
      part !== "expand" || form.early === null
        ? null
        : ({
            consequence: "breaks-the-running-version",
            table,
            why: `expand.sql runs while the old version serves, and ${form.early}`,
            instead: `-- contract.sql\n${statement.sql.text};`,
          } as const);
    return { locks: lock(table, isForeignKey(command) ? SRX : form.lock), problem };
  }),
];

/** It adds triggers to both tables, and locks them as CREATE TRIGGER does. */
function isForeignKey({ subtype, def }: AlterTableCmd): boolean {
  const isAdded = subtype === "AT_AddConstraint" && def !== undefined && "Constraint" in def;
  return isAdded && def.Constraint.contype === "CONSTR_FOREIGN";
}
