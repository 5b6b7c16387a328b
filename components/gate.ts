import { randomUUID } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import {
  markWritten,
  type Completed,
  type Entered,
  type JobsRecord,
  type Seen,
} from "../protocol/state/marks.ts";
import { attemptMark } from "../release/moves/attempt-number.ts";
import { departure } from "../release/moves/origin.ts";
import {
  canGiveUpContract,
  reached,
  refusedOnceDropping,
  type Dropping,
} from "../release/moves/point-of-no-return.ts";
import type { Standing } from "../release/plan.ts";
import { refusals } from "../release/moves/refusals.ts";
import { activeSlot, type Release } from "../release/release.ts";
import {
  needsVerdict,
  trafficRefusals,
  verdictRefusals,
  type Allowance,
  type FoundVerdict,
} from "../release/verdict.ts";
import { withNewDefaults } from "./config/read-config.ts";
import type { Past } from "./past.ts";

/**
 * The gate of an `up`: what was completed, what is entered, and the marks it leaves in the state.
 */
export interface Gate {
  readonly completed: Completed | null;
  /** The completed stage that this one is entered from, also when an unchanged `up` repeats it. */
  readonly origin: Standing | null;
  readonly isUnchanged: boolean;
  readonly attempt: string;
  /**
   * A new number for every attempt to do something, and only then; an older runner yields to a
   * newer one.
   */
  readonly number: number;
  /**
   * This machine's clock when the attempt began, in milliseconds since the epoch. Absent for a
   * stage that an earlier version completed.
   */
  readonly clock: number | undefined;
  /** What this attempt saw before it wrote anything; null: nothing had to be looked for. */
  readonly seen: Seen | null;
  readonly entered: pulumi.Resource;
}

/** What the guard, and a person, have said about the candidate. */
export interface Judged {
  /** Called only in a stage that gives the candidate traffic. */
  readonly verdict: () => Promise<FoundVerdict>;
  readonly allowance: Allowance | null;
}

/** Arguments of {@link openGate}. */
export interface GateArgs {
  readonly release: Release;
  readonly past: Past;
  readonly recover: boolean;
  readonly judged: Judged;
  /** Errors for a new stack, warnings for an existing one. */
  readonly warnings: readonly string[];
  /** Why the release cannot be prepared, whatever the move. */
  readonly problems: readonly string[];
  /**
   * Asked about a legal move that has something to do, before any resource is registered; refuses
   * by throwing.
   */
  readonly ask?: (origin: Standing | null) => Promise<void>;
  /**
   * Makes what must be in the state before the stage counts as entered, as the mark of that is made
   * with it.
   */
  readonly before?: () => pulumi.Resource[];
  /** Looks at what earlier attempts have left in the cluster; null: nothing is looked for. */
  readonly look?: (origin: Standing | null) => Promise<Seen | null>;
}

/**
 * Opens the gate, or refuses the move before any resource is registered.
 *
 * @throws {pulumi.RunError} in preview and update alike, with the reason and the next legal step
 */
export async function openGate(args: GateArgs): Promise<Gate> {
  const { release, past, recover, judged, warnings, problems, ask, before: first, look } = args;
  const { completed, entered: last, dropping } = past;
  // A warning must not keep an existing stack from leaving a stage.
  const isToBeWarned = completed !== null || recover;
  if (isToBeWarned) for (const warning of warnings) await pulumi.log.warn(warning);
  const circumstances = { dropping: false, recover };
  // Checked before the mark of what is entered: a refused way back must not block the way on.
  const reasons = [
    ...problems,
    ...(isToBeWarned ? [] : warnings),
    ...refusals(completed?.release ?? null, null, release, circumstances),
    ...refusedOnceDropping(dropping, release, canGiveUpContract(completed?.jobs)),
  ];
  if (reasons.length > 0) throw refusal(reasons);
  const left = last && last.attempt !== completed?.attempt ? reached(last.release, dropping) : null;
  const { origin, isUnchanged } = departure(completed, left, release, dropping);
  // If nothing has completed, the stage is being recovered, whatever was tried before.
  const before = completed ? [completed.release, ...(left ? [left] : [])] : [null];
  await refuseByVerdict(before, release, judged);
  if (!isUnchanged) await ask?.(origin);
  const fresh = { attempt: randomUUID(), clock: Date.now() };
  const mark = attemptMark(isUnchanged, [last, completed], fresh);
  const check = new pulumi.ResourceHook(
    "refuse-illegal-move",
    (args) => {
      const before = (args.oldInputs as { input?: Entered } | undefined)?.input ?? null;
      const unfinished = before && reached(withNewDefaults(before.release), dropping);
      const found = refusals(completed?.release ?? null, unfinished, release, circumstances);
      if (found.length > 0) throw refusal(found);
    },
    { onDryRun: true },
  );
  const seen = isUnchanged ? last?.seen : ((await look?.(origin)) ?? undefined);
  const input: Entered = { release, ...mark, ...(seen ? { seen } : {}) };
  const entered = new pulumi.Stash(
    "entered",
    { input: markWritten("entered", input) },
    { dependsOn: first?.() ?? [], hooks: { beforeCreate: [check], beforeUpdate: [check] } },
  );
  return {
    completed,
    origin,
    isUnchanged,
    attempt: mark.attempt,
    number: mark.number ?? completed?.number ?? 0,
    clock: mark.clock,
    seen: seen ?? null,
    entered,
  };
}

/**
 * The guard's verdict decides whether a candidate gets traffic, and whether the old version may go.
 * An unchanged `up` reads it as well: after a refresh it would write the traffic that the guard has
 * taken away.
 */
async function refuseByVerdict(
  before: readonly (Release | null)[],
  release: Release,
  { verdict, allowance }: Judged,
): Promise<void> {
  if (!needsVerdict(release)) return;
  const found = await verdict();
  const reasons = before.flatMap((stage) => verdictRefusals(stage, release, found, allowance));
  if (reasons.length > 0) throw refusal([...new Set(reasons)]);
}

/**
 * Reads the verdict once more right before traffic for a candidate is written: the guard may have
 * failed it since the gate. Undefined for a stage that gives a candidate none.
 */
export function refuseFailedCandidate(
  release: Release,
  { verdict }: Judged,
): pulumi.ResourceHook | undefined {
  if (!needsVerdict(release)) return undefined;
  return new pulumi.ResourceHook("refuse-failed-candidate", async () => {
    const found = trafficRefusals(release, await verdict());
    if (found.length > 0) throw new pulumi.RunError([...found, "No traffic was written."].join("\n"));
  });
}

/**
 * The mark that contract may have begun to drop. From then on only contract and stable with the new
 * colour are legal, and ways back that check the ledger first. Every stage declares it: at its step
 * in contract, after the check of the ledger on such a way back, before anything else in all
 * others.
 *
 * @param isAsked whether the check of the ledger comes before it
 */
export function markDropping(
  release: Release,
  isDropping: boolean,
  isAsked: boolean,
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  const active = activeSlot(release).colour;
  const refuse = new pulumi.ResourceHook(
    "refuse-way-back-once-dropping",
    (args) => {
      const before = (args.oldInputs as { input?: Dropping } | undefined)?.input ?? null;
      const found = refusedOnceDropping(before, release, isAsked);
      if (found.length > 0) throw refusal(found);
    },
    { onDryRun: true },
  );
  const input: Dropping = { isDropping, to: active };
  return new pulumi.Stash(
    "contracting",
    { input: markWritten("contracting", input) },
    { dependsOn, hooks: { beforeUpdate: [refuse] } },
  );
}

/**
 * The mark that a stage is complete. It depends on everything else, so that it is never written too
 * early.
 */
export function markCompleted(
  gate: Gate,
  standing: Standing,
  jobs: pulumi.Input<JobsRecord>,
  dependsOn: pulumi.Resource[],
): pulumi.Output<Completed> {
  const { origin, attempt, number, clock } = gate;
  const input = pulumi.output(jobs).apply((record): Completed => ({
    ...standing,
    origin,
    attempt,
    number,
    ...(clock === undefined ? {} : { clock }),
    jobs: record,
  }));
  return new pulumi.Stash(
    "completed",
    { input: input.apply((mark) => markWritten("completed", mark)) },
    { dependsOn },
  ).input as pulumi.Output<Completed>;
}

function refusal(reasons: readonly string[]): pulumi.RunError {
  return new pulumi.RunError([...reasons, "Nothing was changed."].join("\n"));
}
