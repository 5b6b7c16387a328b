import { createHash } from "node:crypto";
import { IDENTIFIER_BYTES } from "./sql.ts";

/** The schema of the ledger, of archives and of the trigger functions. */
export const LEDGER_SCHEMA = "zero_downtime";

/**
 * The two numbers of the advisory lock that each runner takes: any that nobody else is
 * likely to take.
 */
export const RUNNER_LOCK = [1514426221, 1886547310] as const;

/**
 * The trigger of updates. BEFORE triggers run in the order of their names: this one sees what all
 * others decided.
 */
export const SYNC_TRIGGER = "zzz_zero_downtime_sync";

/** Its twin for inserts, which have no old row to compare with. */
export const SYNC_INSERT_TRIGGER = "zzz_zero_downtime_sync_insert";

export const SYNC_TRIGGERS: readonly string[] = [SYNC_TRIGGER, SYNC_INSERT_TRIGGER];

/** Every trigger of ours begins like this; no trigger of an application does. */
export const TRIGGER_PREFIX = "zzz_zero_downtime_";

export function isOurTrigger(name: string): boolean {
  return name.startsWith(TRIGGER_PREFIX);
}

/**
 * What each trigger does that keeps two tables in step. On the mapping's own table: `carry` an
 * update over, `settle` an insert when its transaction commits, `complete` a row that a version
 * inserts without columns that it does not know. On the other table: `meet` in the row of the own
 * one before an insert, `return` what was inserted or deleted, `change` what was updated, `empty`
 * sees TRUNCATE.
 */
export const MOVE_TRIGGERS = {
  own: ["carry", "settle", "complete"],
  other: ["meet", "return", "change", "empty"],
} as const;

/** A trigger that keeps two tables in step, of which the other one is `other`. */
export function moveTrigger(work: (typeof MOVE_TRIGGERS)["own" | "other"][number], other: string): string {
  return shortened(`${TRIGGER_PREFIX}${work}_${other}`);
}

/**
 * The function of the triggers on one of two tables that are kept in step, in the ledger's schema.
 */
export function moveFunction(on: "own" | "other", other: string): string {
  return shortened(on === "own" ? `carry_to_${other}` : `return_from_${other}`);
}

/** The transaction-local setting that makes the trigger look away; only the backfill sets it. */
export const BACKFILL_SETTING = "zero_downtime.backfill";

/**
 * The form of a migration's folder name: it is its id, and their order is the order of
 * their numbers.
 */
export const MIGRATION_ID = /^\d{4}-[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * No folder can have such a name, so the way back of a migration is never taken for
 * another migration.
 */
const RESTORE = ".restore";

/** The id under which the ledger knows the way back of a finished migration. */
export function restoreOf(migration: string): string {
  return `${migration}${RESTORE}`;
}

/** The migration that an id is the way back of; null where it is a migration itself. */
export function restoredBy(id: string): string | null {
  return id.endsWith(RESTORE) ? id.slice(0, -RESTORE.length) : null;
}

/**
 * Of a migration its way back, of a way back its migration: what one archives when it drops, the
 * other may use when it fills.
 */
export function counterpartOf(id: string): string {
  return restoredBy(id) ?? restoreOf(id);
}

/** The schema that holds a migration's two functions for each mapping. */
export function syncSchema(migration: string): string {
  return shortened(`${LEDGER_SCHEMA}_${wordsOf(migration)}`);
}

/** The trigger function of a table, in the ledger's schema. */
export function syncFunction(table: string): string {
  return shortened(`sync_${table}`);
}

/** The check that stands for NOT NULL until contract. */
export function requiredConstraint(column: string): string {
  return shortened(`${LEDGER_SCHEMA}_required_${column}`);
}

/**
 * The archive of one side of a mapping, in the ledger's schema; `place` is the mapping's in
 * migration.yaml, from 1.
 */
export function archiveTable(migration: string, table: string, place: number, side: "old" | "new"): string {
  return archiveName(side, migration, table, place === 1 ? "" : String(place));
}

/** An archive's name: what the old or the new version wrote to a table, or a part of it. */
export function archiveName(side: "old" | "new", migration: string, table: string, part: string): string {
  const name = `${side}_${wordsOf(migration)}_${table}`;
  return shortened(part === "" ? name : `${name}_${part}`);
}

function wordsOf(migration: string): string {
  return migration.replaceAll(/[-.]/g, "_");
}

/** A name that PostgreSQL keeps whole: what would be cut ends in a digest of the whole instead. */
export function shortened(name: string): string {
  if (Buffer.byteLength(name) <= IDENTIFIER_BYTES) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  let kept = name;
  while (Buffer.byteLength(kept) > IDENTIFIER_BYTES - digest.length - 1)
    kept = [...kept].slice(0, -1).join("");
  return `${kept}_${digest}`;
}
