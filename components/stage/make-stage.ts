import type * as pulumi from "@pulumi/pulumi";
import { fullSize } from "../../manifests/render/deployment.ts";
import { activeSlot, isMoving, slotOf, type Release, type Slot } from "../../release/release.ts";
import type { Step } from "../../release/step.ts";
import { slotDigest } from "../../release/slot-digest.ts";
import { tasksOf, type CheckStep, type Task } from "../../release/tasks.ts";
import { WORKLOADS, type Workload } from "../../release/workload.ts";
import { stepsFor } from "../config/jobs-format.ts";
import { markDropping, refuseFailedCandidate } from "../gate.ts";
import { Guard, VerdictObject } from "../guard.ts";
import { Entrance } from "../traffic-route.ts";
import { WorkloadAddress, WorkloadPods } from "../workload.ts";
import { checkOf } from "./check.ts";
import { ImagePull } from "./image-pull.ts";
import { writtenForProbe } from "./probed-routes.ts";
import { addressesOf, publicEntrances } from "./public-entrances.ts";
import { routingOf } from "./routing.ts";
import type { StageContext } from "./stage-context.ts";
import { StageJob } from "./stage-job.ts";
import { checkJobs, schemaJob } from "./stage-jobs.ts";

/**
 * Makes the tasks of a plan, each after those that it waits for, so that the engine runs them in
 * the plan's order, and nothing starts after a failed one.
 *
 * @returns every resource made, for the mark of completion to depend on
 */
export function makeStage(context: StageContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const addresses = behindEntrance(context).map((workload) => {
    const { cluster, release } = context;
    const slot = addressed(release, workload);
    const version = { ...context.versionOf(slot), entrances: addressesOf(context, slot) };
    return new WorkloadAddress(`address-${workload}`, { cluster, version, workload }, { dependsOn });
  });
  const isMarked = context.plan.steps.some(
    (step) => step.do === "begin-dropping" || step.do === "give-up-contract",
  );
  const before: pulumi.Resource[] = [...dependsOn, ...addresses];
  if (!isMarked) before.push(markDropping(context.release, false, false, dependsOn));
  const made: pulumi.Resource[][] = [];
  // Each task names all that it waits for: with a chain alone, the engine would lose the links of a
  // task that is gone.
  for (const task of tasksOf(stepsFor(context.format, context.plan.steps))) {
    const awaited = task.after.flatMap((index) => made[index] ?? []);
    made.push(makeTask(context, task, [...before, ...awaited]));
  }
  return [...before, ...made.flat()];
}

/** The slot that has a workload, or might: it decides on which ports its Services listen. */
const addressed = (release: Release, workload: Workload): Slot =>
  (isMoving(release) && workload !== "rolling" ? slotOf(release, workload) : null) ?? activeSlot(release);

/** Every workload that the entrance may name has its Service before the entrance is written. */
const behindEntrance = ({ plan }: StageContext): Workload[] =>
  WORKLOADS.filter((workload) => plan.weights[workload] !== undefined);

function makeTask(context: StageContext, task: Task, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  return "checks" in task
    ? makeChecks(context, task.checks, dependsOn)
    : [makeStep(context, task.step, dependsOn)];
}

function makeChecks(
  context: StageContext,
  [first, ...others]: readonly [CheckStep, ...CheckStep[]],
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  const { cluster, image, number } = context;
  const made: pulumi.Resource[] = [];
  const pulled = [first, ...others].find((step) => step.do === "pull");
  const pull =
    pulled &&
    new ImagePull(
      "pull",
      { cluster, version: context.versionOf(pulled.slot), slot: pulled.slot, number },
      { dependsOn },
    );
  if (pull) made.push(pull.pod);
  const checks = [checkOf(context, first), ...others.map((step) => checkOf(context, step))] as const;
  for (const { name, ...job } of checkJobs(context, checks)) {
    const parent = pull && name === "pull" ? { parent: pull } : {};
    const opts = { ...parent, dependsOn: [...dependsOn, ...made] };
    made.push(new StageJob(name, { cluster, image, number, ...job }, opts));
  }
  return made;
}

function makeStep(
  context: StageContext,
  step: Exclude<Step, CheckStep>,
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  const { config, release, plan, cluster, number } = context;
  switch (step.do) {
    case "run":
    case "park": {
      const { workload, slot } = step;
      const size = step.do === "run" ? "full" : "parked";
      const version = context.versionOf(slot);
      const { autoscale } = config.app;
      const replicas = fullSize(version, config.replicas);
      const args = { cluster, version, workload, size, replicas, autoscale, number } as const;
      return new WorkloadPods(workload, args, { dependsOn });
    }
    case "traffic": {
      const beforeWrite = refuseFailedCandidate(release, context.judged);
      const entrances = publicEntrances(context);
      const routing = routingOf(context);
      const forProbe = writtenForProbe(context);
      const args = { cluster, entrances, routing, forProbe, number, beforeWrite };
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
        format: context.format,
        number,
        from,
        to,
        digest: slotDigest(to, release),
        database: context.database,
        weights: plan.weights,
        entrances: publicEntrances(context),
        versionOf: context.versionOf,
        replicas: fullSize(context.versionOf(from), config.replicas),
        watched,
      };
      return new Guard("guard", args, { dependsOn });
    }
    case "begin-dropping":
      return markDropping(release, true, false, dependsOn);
    case "give-up-contract":
      return markDropping(release, false, true, dependsOn);
    case "schema": {
      const { name, ...job } = schemaJob(context, step);
      return new StageJob(name, { cluster, image: context.image, number, ...job }, { dependsOn });
    }
  }
}
