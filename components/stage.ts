import type * as pulumi from "@pulumi/pulumi";
import type { StagePlan } from "../release/plan.ts";
import type { Release, Slot } from "../release/release.ts";
import type { Cookie } from "../protocol/traffic/backend.ts";
import { backendOf } from "../protocol/traffic/backends.ts";
import type { Rung, Step } from "../release/step.ts";
import { schemaStepName } from "../release/steps.ts";
import { WORKLOADS, workloadOf, type Workload } from "../release/workload.ts";
import type { Config } from "../protocol/config/config-schema.ts";
import { PROGRAM_MANAGER } from "../protocol/field-managers.ts";
import { guardLabels } from "../protocol/labels.ts";
import { workloadName } from "../protocol/names.ts";
import { verdictObject } from "../release/verdict.ts";
import type { Cluster } from "./cluster.ts";
import type { DatabaseAccess } from "./database.ts";
import { Entrance } from "./traffic-route.ts";
import { markDropping, ownStack, refuseFailedCandidate, type Judged } from "./gate.ts";
import { Guard, VerdictObject } from "./guard.ts";
import { ImagePull } from "./image-pull.ts";
import type { JobsAccess } from "./jobs/jobs-access.ts";
import { migrateSettingsFor } from "./config/migrate-settings-for.ts";
import { StageJob, type StageJobArgs, type StageWork } from "./jobs/stage-job.ts";
import {
  deploymentOf,
  fullSize,
  WorkloadAddress,
  WorkloadPods,
  workloadUrl,
  type Environment,
} from "./workload.ts";

/**
 * Time a Job's pod may take to be scheduled, pulled and started, on top of its program's own limit.
 */
const POD_START_SECONDS = 60;
const CHECK_SECONDS = 120;

/** How many answers in a row, on fresh and on kept-alive connections each, prove who serves. */
const AGREEING_ANSWERS = 20;

/** What the steps of a stage are made with. */
export interface StageContext {
  readonly config: Omit<Config, "databasePasswords">;
  readonly release: Release;
  readonly plan: StagePlan;
  readonly cluster: Cluster;
  readonly database: DatabaseAccess | null;
  readonly access: JobsAccess;
  readonly judged: Judged;
  readonly image: pulumi.Output<string>;
  /** The format of settings that the image reads. */
  readonly format: pulumi.Output<number | undefined>;
  readonly number: number;
  /** See `Gate.clock`. */
  readonly clock: number | undefined;
}

/**
 * Makes the steps of a plan, each after the one before it, so that the engine does them in the
 * plan's order and a failed one keeps all later ones from starting.
 *
 * @returns every resource made, for the mark of completion to depend on
 */
export function makeStage(context: StageContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const addresses = behindEntrance(context).map((workload) => {
    const { cluster } = context;
    return new WorkloadAddress(`address-${workload}`, { cluster, workload }, { dependsOn });
  });
  const isMarked = context.plan.steps.some(
    (step) => step.do === "begin-dropping" || step.do === "give-up-contract",
  );
  const made: pulumi.Resource[] = [...dependsOn, ...addresses];
  if (!isMarked) made.push(markDropping(context.release, false, false, dependsOn));
  // Each step waits for all before it: a chain alone would let the engine forget the links of a
  // step that is gone.
  for (const step of context.plan.steps) made.push(makeStep(context, step, [...made]));
  return made;
}

/** Every workload that the entrance may name has its Service before the entrance is written. */
const behindEntrance = ({ plan }: StageContext): Workload[] =>
  WORKLOADS.filter((workload) => plan.weights[workload] !== undefined);

function makeStep(context: StageContext, step: Step, dependsOn: pulumi.Resource[]): pulumi.Resource {
  const { config, release, plan, cluster, number } = context;
  switch (step.do) {
    case "run":
    case "park": {
      const { workload, slot } = step;
      const size = step.do === "run" ? "full" : "parked";
      const environment: Environment = context.database?.environment(slot.colour) ?? [];
      const args = { cluster, app: config.app, workload, slot, size, number, environment } as const;
      return new WorkloadPods(workload, args, { dependsOn });
    }
    case "pull": {
      const { access, image } = context;
      const { app } = config;
      return new ImagePull(
        "pull",
        {
          cluster,
          app,
          slot: step.slot,
          image,
          serviceAccount: access.serviceAccount,
          number,
          deadlineSeconds: app.startSeconds,
          podStartSeconds: POD_START_SECONDS,
        },
        { dependsOn },
      );
    }
    case "traffic": {
      const { weights, rung } = step;
      const candidate = rung && workloadOf(release, rung.to);
      const cookie = rung && stickyCookie(context, rung);
      const beforeWrite = refuseFailedCandidate(release, context.judged);
      const { traffic } = config;
      const args = { cluster, traffic, weights, candidate, cookie, number, beforeWrite };
      return new Entrance("traffic", args, { dependsOn });
    }
    case "verdict":
      return new VerdictObject("verdict", { cluster, number }, { dependsOn });
    case "guard":
    case "stop-guard": {
      const { from, to } = step;
      const watched = step.do === "guard" ? step.watched : null;
      const args = {
        cluster,
        config,
        image: context.image,
        number,
        from,
        to,
        database: context.database,
        weights: plan.weights,
        watched,
      };
      return new Guard("guard", args, { dependsOn });
    }
    case "begin-dropping":
      return markDropping(release, true, false, dependsOn);
    case "give-up-contract":
      return markDropping(release, false, true, dependsOn);
    default:
      return makeJob(context, step, dependsOn);
  }
}

/**
 * Users of the candidate keep theirs for as long as it has weight. Those of the active colour keep
 * theirs for as long as the rung lasts, or each of their requests would be another chance to meet
 * the candidate; the next rung sends them anew.
 */
function stickyCookie({ config, cluster }: StageContext, { from, to, weight }: Rung): Cookie | null {
  const { stickiness } = config.canary;
  if (!stickiness) return null;
  const candidate = to.image.slice(-8);
  const values = {
    [workloadName(cluster.app, from.colour)]: `${from.colour}-${candidate}-${weight}`,
    [workloadName(cluster.app, to.colour)]: `${to.colour}-${candidate}`,
  };
  return { name: stickiness.cookie, values };
}

/** A step that is a Job. */
export type Check = Exclude<
  Step,
  {
    do:
      | "pull"
      | "run"
      | "park"
      | "traffic"
      | "verdict"
      | "guard"
      | "stop-guard"
      | "begin-dropping"
      | "give-up-contract";
  }
>;

function makeJob(context: StageContext, step: Check, dependsOn: pulumi.Resource[]): pulumi.Resource {
  const { cluster, image, number } = context;
  const { name, ...job } = jobOf(context, step);
  return new StageJob(name, { cluster, image, number, ...job }, { dependsOn });
}

type JobOf = StageWork &
  Pick<StageJobArgs, "deadlineSeconds" | "environment" | "serviceAccount"> & { readonly name: string };

/** The Job of a step: its program, and what that is handed. */
export function jobOf(context: StageContext, step: Check): JobOf {
  const { config, cluster, access } = context;
  const { app, traffic } = config;
  const check = { deadlineSeconds: CHECK_SECONDS + POD_START_SECONDS };
  switch (step.do) {
    case "ready":
      return {
        name: `ready-${step.workload}`,
        program: "ready",
        serviceAccount: access.serviceAccount,
        // Where pods are put back, they have to become ready once more.
        deadlineSeconds: app.startSeconds * (step.replaces ? 2 : 1) + POD_START_SECONDS,
        settings: {
          namespace: cluster.namespace,
          deployment: workloadName(cluster.app, step.workload),
          service: workloadName(cluster.app, step.workload),
          replicas: fullSize(app),
          image: step.slot.image,
          deadlineSeconds: app.startSeconds,
          replaces: step.replaces && replaced(context, step.workload, step.replaces),
          unlessFailed: step.unlessFailed
            ? { verdict: verdictObject(cluster.app), image: step.slot.image }
            : null,
        },
      };
    case "smoke":
      return {
        name: `smoke-${step.workload}`,
        program: "smoke",
        ...check,
        settings: {
          url: workloadUrl(cluster, step.workload),
          requests: smokeRequests(context),
          deadlineSeconds: CHECK_SECONDS,
        },
      };
    case "warm-up": {
      const { paths = [app.readiness], requests, concurrency } = app.warmUp;
      return {
        name: `warm-up-${step.workload}`,
        program: "warm-up",
        ...check,
        settings: {
          url: workloadUrl(cluster, step.workload),
          paths,
          requests,
          concurrency,
          deadlineSeconds: CHECK_SECONDS,
        },
      };
    }
    case "probe":
      return {
        name: "probe",
        program: "probe",
        ...check,
        settings: {
          ...backendOf(traffic).address(traffic, { namespace: cluster.namespace, name: cluster.app }),
          path: app.identityPath,
          header: app.colourHeader,
          allowed: step.colours,
          agreeing: AGREEING_ANSWERS,
          deadlineSeconds: CHECK_SECONDS,
        },
      };
    case "guard-stopped":
      return {
        name: "guard-stopped",
        program: "guard-stopped",
        serviceAccount: access.serviceAccount,
        ...check,
        settings: {
          namespace: cluster.namespace,
          labels: guardLabels(cluster.app),
          verdict: verdictObject(cluster.app),
          image: step.to.image,
          deadlineSeconds: CHECK_SECONDS,
        },
      };
    case "schema":
      return schemaJob(context, step);
  }
}

/** The Deployment as it was before a rolling update, and whether to put it back. */
function replaced({ config, cluster, database, number }: StageContext, workload: Workload, slot: Slot) {
  const environment: Environment = database?.environment(slot.colour) ?? [];
  const args = { cluster, app: config.app, workload, slot, size: "full", number, environment } as const;
  return {
    version: slot.version,
    image: slot.image,
    manager: PROGRAM_MANAGER,
    putBack: config.rolling.onFailure === "rollback" ? deploymentOf(args) : null,
  };
}

/** An application without smoke requests must at least be ready in its own words. */
const smokeRequests = ({ config }: StageContext) =>
  config.app.smoke.length > 0
    ? config.app.smoke
    : [{ method: "GET", path: config.app.readiness, expect: { status: 200 } }];

function schemaJob(context: StageContext, step: Extract<Step, { do: "schema" }>): JobOf {
  const { config, release, plan, number, clock, format } = context;
  const access = context.database;
  const { database } = config;
  if (!database || !access)
    throw new RangeError(`Cannot reach schema goal ${step.goal} as the config has no database`);
  const { owner, app, logins } = access.roles;
  const deadlineSeconds =
    step.goal === "vacated" || step.goal === "contractible" ? CHECK_SECONDS : database.deadlineSeconds;
  return {
    name: schemaStepName(step),
    program: "migrate",
    deadlineSeconds: deadlineSeconds + POD_START_SECONDS,
    environment: access.environment("migrator"),
    settings: format.apply((known) =>
      migrateSettingsFor(known, {
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
        writers: step.writers && { old: logins[step.writers.old], new: logins[step.writers.new] },
        vacate: step.vacate === null ? null : logins[step.vacate],
        soakSeconds: config.soak,
        first: plan.isDatabaseNew && step.goal === "base",
        baseline: database.baseline ?? null,
        record: step.record,
        deadlineSeconds,
        limits: database.limits,
        ranges: database.ranges,
      }),
    ),
  };
}
