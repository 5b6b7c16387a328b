import type { Step } from "./step.ts";
import { WORKLOADS, type Workload } from "./workload.ts";

const CHECKS = [
  ...(["pull", "ready", "smoke", "warm-up", "logged-in", "probe"] as const),
  ...(["guard-stopped", "gone"] as const),
] as const;

/**
 * A step that is proven by a pod which has no rights on the schema; one that looks into the
 * database does so as the application may.
 */
export type CheckStep = Extract<Step, { readonly do: (typeof CHECKS)[number] }>;

/** What a stage does as one: a single step, or checks that one pod makes one after the other. */
export type Task = (
  { readonly step: Exclude<Step, CheckStep> } | { readonly checks: readonly [CheckStep, ...CheckStep[]] }
) & {
  /** The tasks that must be done before it, by their place in the list. */
  readonly after: readonly number[];
};

/** Whether a step is a check. */
export const isCheck = (step: Step): step is CheckStep => CHECKS.some((name) => name === step.do);

/** The name of a check in its stage, which its Job has where it is the first of those in there. */
export const checkName = (step: CheckStep): string =>
  "workload" in step ? `${step.do}-${step.workload}` : step.do;

/** Workloads without pods once a stage is complete: what none of its steps runs is gone. */
export const leavingIn = (steps: readonly Step[]): readonly Workload[] =>
  WORKLOADS.filter((workload) => !steps.some((step) => step.do === "run" && step.workload === workload));

/**
 * The tasks of a stage: checks that follow each other share a pod, whose start costs more than most
 * checks do, and a proof that only reads rows runs beside the pods and checks that it has nothing
 * to do with. All else waits for everything before it.
 *
 * @param steps of a stage, in their order
 * @returns tasks in an order in which each comes after those that it waits for
 */
export function tasksOf(steps: readonly Step[]): Task[] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = openGroup(groups, step);
    if (last) last.push(step);
    else groups.push([step]);
  }
  return groups.map((group, at): Task => {
    const after = groups.slice(0, at).flatMap((before, index) => (isApart(before, group) ? [] : [index]));
    const [first, ...others] = group;
    if (first === undefined) throw new RangeError("Cannot make a task of no steps");
    return isCheck(first) ? { checks: [first, ...others.filter(isCheck)], after } : { step: first, after };
  });
}

/**
 * The pod that a check can join: the newest, unless something that the check has to wait for came
 * after it.
 */
function openGroup(groups: readonly Step[][], step: Step): Step[] | undefined {
  if (!isCheck(step)) return undefined;
  for (const group of groups.toReversed()) {
    if (group.every(isCheck)) return group;
    if (!isApart(group, [step])) return undefined;
  }
  return undefined;
}

const isApart = (one: readonly Step[], other: readonly Step[]): boolean =>
  one.every((a) => other.every((b) => isProofBeside(a, b) || isProofBeside(b, a)));

/**
 * Rows and catalog are read whoever has pods, as the migrator. Pods that are replaced one by one
 * get traffic by being ready: before them, every proof is waited for.
 */
function isProofBeside(proof: Step, step: Step): boolean {
  if (proof.do !== "schema" || !READING_GOALS.includes(proof.goal)) return false;
  if ("workload" in step && step.workload === "rolling") return false;
  // Nobody who may be writing is left out of what it proves.
  if (step.do === "gone") return false;
  return step.do === "run" || step.do === "verdict" || isCheck(step);
}

/** Goals that leave the application's tables as they are, and wait for nobody's connections. */
const READING_GOALS: readonly string[] = ["verified", "intact", "contractible"];
