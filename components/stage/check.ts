import { readinessPath } from "../../manifests/readiness-path.ts";
import { deploymentOf, fullSize } from "../../manifests/render/deployment.ts";
import { workloadUrl } from "../../manifests/render/service.ts";
import type { App } from "../../protocol/config/config-schema.ts";
import type { ChecksSettings } from "../../protocol/jobs/checks-settings.ts";
import type { SettingsFor } from "../../protocol/jobs/programs.ts";
import { PROGRAM_MANAGER } from "../../protocol/field-managers.ts";
import { guardLabels } from "../../protocol/labels.ts";
import { pullPod, workloadName } from "../../protocol/names.ts";
import type { EnvironmentVariable } from "../../protocol/database-environment.ts";
import { backendOf } from "../../protocol/traffic/backends.ts";
import type { Slot } from "../../release/release.ts";
import { slotDigest } from "../../release/slot-digest.ts";
import { checkName, type CheckStep } from "../../release/tasks.ts";
import { verdictObject } from "../../release/verdict.ts";
import type { Workload } from "../../release/workload.ts";
import { publicEntrances } from "./public-entrances.ts";
import { localTakeover } from "./local-takeover.ts";
import { handedRequests } from "./secret-headers.ts";
import { CHECK_SECONDS, type StageContext } from "./stage-context.ts";

/**
 * How many answers in a row prove who serves: this many on fresh connections, and on kept-alive
 * ones.
 */
const AGREEING_ANSWERS = 20;

type CheckProgram = ChecksSettings["checks"][number]["program"];

/** A check: its name in the stage, its program, and what that is handed. */
export type Check = {
  [P in CheckProgram]: {
    readonly name: string;
    readonly program: P;
    readonly settings: SettingsFor<P>;
    /** The program's own limit, without the start of its pod. */
    readonly deadlineSeconds: number;
    /** It uses the Kubernetes API. */
    readonly asksCluster: boolean;
    /** Variables with what must not stand in settings. */
    readonly environment?: readonly EnvironmentVariable[];
  };
}[CheckProgram];

/** The check of a step. */
export function checkOf(context: StageContext, step: CheckStep): Check {
  const { config, cluster, number } = context;
  const { app, traffic } = config;
  const name = checkName(step);
  switch (step.do) {
    case "pull": {
      const deadlineSeconds = app.startSeconds;
      const { namespace } = cluster;
      const { image } = step.slot;
      return {
        name,
        program: "pull",
        asksCluster: true,
        deadlineSeconds,
        settings: { namespace, pod: pullPod(cluster.app, number), image, deadlineSeconds },
      };
    }
    case "ready":
      return {
        name,
        program: "ready",
        asksCluster: true,
        // Where pods are put back, they have to become ready once more.
        deadlineSeconds: app.startSeconds * (step.replaces ? 2 : 1),
        settings: {
          namespace: cluster.namespace,
          deployment: workloadName(cluster.app, step.workload),
          service: workloadName(cluster.app, step.workload),
          replicas: fullSize(context.versionOf(step.slot), config.replicas),
          image: step.slot.image,
          deadlineSeconds: app.startSeconds,
          replaces: step.replaces && replaced(context, step.workload, step.replaces),
          unlessFailed: step.unlessFailed ? verdictOf(context, step.slot) : null,
          ...localTakeover(context, step.slot),
        },
      };
    case "smoke": {
      const { requests, environment } = handedRequests(smokeRequests(context, step.slot));
      return {
        name,
        program: "smoke",
        asksCluster: false,
        deadlineSeconds: CHECK_SECONDS,
        environment,
        settings: { url: urlOf(context, step), requests, deadlineSeconds: CHECK_SECONDS },
      };
    }
    case "warm-up": {
      const { paths = [readinessPathOf(context, step.slot)], requests, concurrency } = app.warmUp;
      const url = urlOf(context, step);
      return {
        name,
        program: "warm-up",
        asksCluster: false,
        deadlineSeconds: CHECK_SECONDS,
        settings: { url, paths, requests, concurrency, deadlineSeconds: CHECK_SECONDS },
      };
    }
    case "probe":
      return {
        name,
        program: "probe",
        asksCluster: false,
        deadlineSeconds: CHECK_SECONDS,
        settings: {
          ...backendOf(traffic).address(traffic, cluster.namespace, publicEntrances(context)),
          path: app.identityPath,
          header: app.colourHeader,
          allowed: step.colours,
          agreeing: AGREEING_ANSWERS,
          deadlineSeconds: CHECK_SECONDS,
        },
      };
    case "guard-stopped":
      return {
        name,
        program: "guard-stopped",
        asksCluster: true,
        deadlineSeconds: CHECK_SECONDS,
        settings: {
          namespace: cluster.namespace,
          labels: guardLabels(cluster.app, cluster.form),
          ...verdictOf(context, step.to),
          deadlineSeconds: CHECK_SECONDS,
        },
      };
  }
}

/** Where the verdict is, and which candidate it must be about. */
const verdictOf = ({ cluster, release }: StageContext, slot: Slot) => ({
  verdict: verdictObject(cluster.app),
  image: slot.image,
  digest: slotDigest(slot, release),
});

/** Where the pods of a slot are reached, whoever has the traffic. */
const urlOf = (context: StageContext, { workload, slot }: { workload: Workload; slot: Slot }): string =>
  workloadUrl(context.versionOf(slot).entrances, { cluster: context.cluster, workload });

/** The Deployment as it was before a rolling update, and whether to put it back. */
function replaced(context: StageContext, workload: Workload, slot: Slot) {
  const { config, cluster, number } = context;
  const version = context.versionOf(slot);
  const replicas = config.app.autoscale ? null : fullSize(version, config.replicas);
  const at = { cluster, workload, size: "full", replicas, number } as const;
  return {
    version: slot.version,
    image: slot.image,
    manager: PROGRAM_MANAGER,
    putBack: config.rolling.onFailure === "rollback" ? deploymentOf(version, at) : null,
  };
}

/** An application without smoke requests must at least answer its readiness path. */
const smokeRequests = (context: StageContext, slot: Slot): App["smoke"] =>
  context.config.app.smoke.length > 0
    ? context.config.app.smoke
    : [{ method: "GET", path: readinessPathOf(context, slot), expect: { status: 200 } }];

/** The path of the pods' own readiness probe; only of a version without one, the root. */
const readinessPathOf = ({ versionOf }: StageContext, slot: Slot): string =>
  readinessPath(versionOf(slot).web) ?? "/";
