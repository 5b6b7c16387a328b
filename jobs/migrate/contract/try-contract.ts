import { isReversible } from "../../../schema/migration/contract-groups.ts";
import { dropStatements } from "../../../schema/plan/contract.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { integer, sql } from "../../../schema/sql/sql.ts";
import { trials, type Trial } from "../../../schema/plan/trial.ts";
import { Refusal } from "../refusal.ts";
import { AS_IT_WAS, describePlace, isRefusedByPostgres } from "./refused-by-postgres.ts";
import type { Runner } from "../runner.ts";
import { codeOf, isConnectionLoss, messageOf } from "../database/database-errors.ts";
import { surroundingsOf } from "../surroundings-of.ts";

/** Limits of one trial, as everybody waits behind its locks. */
const LOCK_MILLISECONDS = 300;
const STATEMENT_MILLISECONDS = 1_000;
const TRIAL_MILLISECONDS = 2_000;

/**
 * Runs contract's statements once, in a transaction that is rolled back, while there is still a way
 * back. A statement that runs out of time or locks counts as not refused.
 * @param migrations in the order in which they contract
 * @throws {Refusal} with the statement that PostgreSQL refuses, and its reason
 */
export async function tryContract(
  runner: Runner,
  migrations: readonly Migration[],
  folder: readonly Migration[],
): Promise<void> {
  const all: (Trial & { readonly migration: string })[] = [];
  for (const [place, migration] of migrations.entries()) {
    const gone = migrations.slice(0, place).map(({ id }) => id);
    const surroundings = await surroundingsOf(runner, { move: "contract" }, migration, folder, gone);
    const recorded = surroundings.ledger.migrations[migration.id]?.steps ?? [];
    const changes = dropStatements(migration, surroundings).filter(({ name }) => !recorded.includes(name));
    for (const change of changes)
      all.push(...trials(change, surroundings.tables).map((one) => ({ ...one, migration: migration.id })));
  }
  const known = all.find(({ refused }) => refused !== null);
  if (known !== undefined) throw refusal(known, known.refused ?? "");
  if (all.length === 0) return;
  runner.log("Try what contract.sql does, and take it back");
  await runner.worker.trial(() => tryAll(runner, all));
}

/**
 * What a statement may miss where one before it was left out: objects, or what its rows
 * would have been.
 */
const MISSING_OBJECTS = /^42(P01|703|704|883|809)$/;
const OTHER_ROWS = /^(2[1-3]|44)/;
/**
 * A new value of an enum type is not to be used before the transaction ends; outside of one; while
 * rows of this transaction are pending.
 */
const ONLY_IN_A_TRIAL = /^(55P04|25001|55006)$/;

async function tryAll(
  { worker, settings, log, signal }: Runner,
  all: readonly (Trial & { readonly migration: string })[],
): Promise<void> {
  const until = performance.now() + TRIAL_MILLISECONDS;
  const leftOut = new Set<Trial["leavesOut"]>();
  await worker.searchIn([settings.schema], "transaction");
  await worker.run(sql`SET LOCAL lock_timeout = ${integer(LOCK_MILLISECONDS)}`);
  for (const trial of all) {
    const left = Math.floor(Math.min(STATEMENT_MILLISECONDS, until - performance.now()));
    if (left <= 0) return log("The rest of contract.sql could not be tried in time");
    leftOut.add(trial.leavesOut);
    if (trial.text === null) continue;
    await worker.run(sql`SET LOCAL statement_timeout = ${integer(left)}`);
    await worker.run(sql`SAVEPOINT trial`);
    try {
      await worker.run(trial.text);
      await worker.run(sql`RELEASE SAVEPOINT trial`);
    } catch (error) {
      if (isConnectionLoss(error) || signal.aborted) throw error;
      const code = codeOf(error);
      const isUnsure =
        !isRefusedByPostgres(error) ||
        ONLY_IN_A_TRIAL.test(code) ||
        (leftOut.has("objects") && MISSING_OBJECTS.test(code)) ||
        ((leftOut.has("objects") || leftOut.has("rows")) && OTHER_ROWS.test(code));
      if (!isUnsure) throw refusal(trial, messageOf(error));
      log(`Could not try ${placeOf(trial)} beforehand: ${messageOf(error)}`);
      // Results after a change that could not run, because of locks or its duration, would mean
      // nothing.
      if (!isRefusedByPostgres(error) && !(trial.origin && isReversible(trial.origin))) return;
      leftOut.add("objects");
      await worker.run(sql`ROLLBACK TO SAVEPOINT trial`);
    }
  }
}

function refusal(trial: Trial & { readonly migration: string }, reason: string): Refusal {
  return new Refusal(
    `Cannot contract ${trial.migration} as PostgreSQL refuses ${placeOf(trial)}: ${reason}. ${AS_IT_WAS}`,
  );
}

function placeOf({ origin, label }: Trial): string {
  return origin === null ? `a step of the release itself (${label})` : describePlace(origin);
}
