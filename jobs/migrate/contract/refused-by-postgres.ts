import type { Migration } from "../../../schema/migration/migration.ts";
import type { ParsedStatement } from "../../../schema/sql/parse-statements.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import { codeOf, isConnectionLoss, isLockFailure, messageOf } from "../database/database-errors.ts";

/**
 * Whether PostgreSQL would refuse the same statement again: the cause is not resources, time or a
 * cancellation.
 */
export function isRefusedByPostgres(error: unknown): boolean {
  // Out of resources (53), operator intervention and cancelled statements (57), system error (58).
  return (
    /^[0-9A-Z]{5}$/.test(codeOf(error)) &&
    !/^(53|57|58)/.test(codeOf(error)) &&
    !isConnectionLoss(error) &&
    !isLockFailure(error)
  );
}

/** The refusal of a statement of contract.sql, in words. */
export async function contractRefusal(
  { store }: Runner,
  { id }: Migration,
  statement: ParsedStatement,
  error: unknown,
): Promise<Refusal> {
  const state = (await store.read())?.migrations[id]?.state;
  const what = `PostgreSQL refuses ${describePlace(statement)}: ${messageOf(error)}`;
  return new Refusal(
    state === "contracting"
      ? `Cannot finish the contract of ${id} as ${what}. What stands before it is done and stays; change in the database what is in its way, or edit contract.sql from that statement on, and repeat the stage`
      : `Cannot contract ${id} as ${what}. ${AS_IT_WAS}`,
  );
}

/** What is true, and what to do, after a refusal before anything was dropped. */
export const AS_IT_WAS = "Everything is as it was; edit contract.sql and repeat the stage, or go back";

const MOST_CHARACTERS = 200;

/** `contract.sql:3 (ALTER TABLE …)`. */
export function describePlace({ file, line, sql }: ParsedStatement): string {
  const text = sql.text.replaceAll(/\s+/g, " ");
  return `${file}:${line} (${text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} …` : text})`;
}
