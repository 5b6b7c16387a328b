import type { Step } from "../../release/step.ts";
import { schemaStepName } from "../../release/steps.ts";
import { checkName, isCheck, tasksOf } from "../../release/tasks.ts";
import { describeTraffic } from "../../protocol/traffic/shares.ts";

/** A step in a few words, as it is shown while it happens. */
export function stepTitle(step: Step): string {
  switch (step.do) {
    case "pull":
      return `See that the cluster gets the image of ${step.slot.version}`;
    case "run":
      return `Run ${step.slot.version} (${step.workload}) at full size`;
    case "park":
      return `Park ${step.slot.version} (${step.workload})`;
    case "ready":
      return `See every pod of ${step.slot.version} (${step.workload}) ready`;
    case "smoke":
      return `Smoke-test ${step.slot.version} (${step.workload})`;
    case "warm-up":
      return `Warm up ${step.slot.version} (${step.workload})`;
    case "logged-in":
      return `See ${step.slot.version} (${step.workload}) log in to the database as ${step.slot.colour}`;
    case "gone":
      return `Wait until no pod of ${step.slot.version} is left`;
    case "traffic":
      return `Give the traffic to ${describeTraffic(step.weights)}`;
    case "probe":
      return `Probe from outside that ${step.colours.join(" and ")} answer${step.colours.length === 1 ? "s" : ""}`;
    case "verdict":
      return "Keep an object for the guard's verdict";
    case "guard":
      return `Let a guard watch ${step.to.version}, able to give all traffic back to ${step.from.version}`;
    case "stop-guard":
      return "Stop the guard";
    case "guard-stopped":
      return "See the guard gone, and read its last verdict";
    case "schema":
      return SCHEMA_TITLES[step.goal];
    case "begin-dropping":
      return "Begin to drop: from here on there is no way back, unless it fails before anything was dropped";
    case "give-up-contract":
      return "Give contract up";
  }
}

const SCHEMA_TITLES = {
  base: "Make the schema exactly what the active version needs",
  expanded: "Expand the schema",
  filled: "Backfill every row, validate and verify",
  verified: "Verify every row",
  intact: "See that nothing both forms rely on was changed",
  vacated: "Wait until the old colour's connections are gone",
  contractible: "Check that nothing needs the old form any more",
  undropped: "See in the ledger that contract has dropped nothing, and take away what it had prepared",
  contracted: "Archive and drop what only the old version needed",
  recognised: "Recognise the schema in the ledger",
} as const;

/** What is shown of a task while it happens. */
export interface ShownTask {
  /** Name of its resource; checks that share a Job are named after the first. */
  readonly resource: string;
  readonly title: string;
}

/** The tasks of a stage, as they are shown while they happen. */
export const shownTasks = (steps: readonly Step[]): ShownTask[] =>
  tasksOf(steps).map((task) => {
    const [first, ...others] = "checks" in task ? task.checks : [task.step];
    return {
      resource: resourceName(first),
      title: [first, ...others].map(stepTitle).join("; "),
    };
  });

/** The name of the resource that a step is made as; a component's child has it too. */
function resourceName(step: Step): string {
  if (isCheck(step)) return checkName(step);
  switch (step.do) {
    case "run":
    case "park":
      return step.workload;
    case "schema":
      return schemaStepName(step);
    case "begin-dropping":
    case "give-up-contract":
      return "contracting";
    case "guard":
    case "stop-guard":
      return "guard";
    case "traffic":
    case "verdict":
      return step.do;
  }
}
