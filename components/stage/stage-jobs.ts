import { schemaStepName } from "../../release/steps.ts";
import type { SchemaStep } from "../../release/step.ts";
import { makesSeveralChecks, migrateSettingsFor } from "../config/jobs-format.ts";
import type { EnvironmentVariable } from "../../protocol/database-environment.ts";
import { sharesLogin } from "../../release/database/logins.ts";
import { ownStack } from "../past.ts";
import type { Check } from "./check.ts";
import { CHECK_SECONDS, POD_START_SECONDS, type StageContext } from "./stage-context.ts";
import type { StageJobArgs, StageWork } from "./stage-job.ts";

/** What is particular to a Job of a stage. */
export type StageJobOf = StageWork &
  Pick<StageJobArgs, "deadlineSeconds" | "environment" | "serviceAccount" | "checks"> & {
    /** It is named after its first check. */
    readonly name: string;
  };

/**
 * The Job for checks that share a pod. Where the release's jobs image is too old for that, one Job
 * for each check, to be run in this order.
 */
export function checkJobs(context: StageContext, checks: readonly [Check, ...Check[]]): StageJobOf[] {
  if (checks.length === 1 || !makesSeveralChecks(context.format))
    return checks.map((check) => singleCheck(context, check));
  const seconds = checks.reduce((sum, { deadlineSeconds }) => sum + deadlineSeconds, POD_START_SECONDS);
  return [
    {
      name: checks[0].name,
      program: "checks",
      deadlineSeconds: seconds,
      checks: checks.map(({ name }) => name),
      settings: {
        checks: checks.map(({ deadlineSeconds: _, asksCluster: __, environment: ___, ...check }) => check),
      },
      ...accountFor(context, checks),
      environment: onceEach(checks.flatMap(({ environment = [] }) => environment)),
    },
  ];
}

/** Checks of two versions are handed the same; a pod may name a variable only once. */
const onceEach = (variables: readonly EnvironmentVariable[]): readonly EnvironmentVariable[] => [
  ...new Map(variables.map((variable) => [variable.name, variable])).values(),
];

function singleCheck(context: StageContext, check: Check): StageJobOf {
  const { asksCluster: _, deadlineSeconds, ...work } = check;
  return { ...work, deadlineSeconds: deadlineSeconds + POD_START_SECONDS, ...accountFor(context, [check]) };
}

const accountFor = ({ access }: StageContext, checks: readonly Check[]) =>
  checks.some(({ asksCluster }) => asksCluster) ? { serviceAccount: access.serviceAccount } : {};

/** The Job of a schema step. */
export function schemaJob(context: StageContext, step: SchemaStep): StageJobOf {
  const { config, release, plan, number, clock, format } = context;
  const access = context.database;
  const { database } = config;
  if (!database || !access)
    throw new RangeError(`Cannot reach schema goal ${step.goal} as the config has no database`);
  const { owner, app, logins } = access.roles;
  const isByPods = step.vacate !== null && step.vacatedBy === "pods";
  const deadlineSeconds =
    step.goal === "vacated" || step.goal === "contractible" ? CHECK_SECONDS : database.deadlineSeconds;
  return {
    name: schemaStepName(step),
    program: "migrate",
    deadlineSeconds: deadlineSeconds + POD_START_SECONDS,
    environment: access.environment("migrator"),
    settings: migrateSettingsFor(format, {
      goal: step.goal,
      from: step.from,
      to: step.to,
      number,
      ...(clock === undefined ? {} : { clock }),
      identity: { application: config.app.name, stack: ownStack() },
      stage: release.phase,
      schema: database.schema,
      owner,
      appRole: app,
      logins,
      ...(sharesLogin(release) ? { sharesLogin: true } : {}),
      writers: step.writers && { old: logins[step.writers.old], new: logins[step.writers.new] },
      vacate: step.vacate === null || isByPods ? null : logins[step.vacate],
      ...(isByPods ? { podsGone: true } : {}),
      soakSeconds: config.soak,
      first: plan.isDatabaseNew && step.goal === "base",
      baseline: database.baseline ?? null,
      record: step.record,
      deadlineSeconds,
      limits: database.limits,
      ranges: database.ranges,
    }),
  };
}
