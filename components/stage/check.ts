import * as pulumi from "@pulumi/pulumi";
import { readinessPath } from "../../manifests/readiness-path.ts";
import { deploymentOf, fullSize, templateDigest } from "../../manifests/render/deployment.ts";
import type { App } from "../../protocol/config/config-schema.ts";
import type { ChecksSettings } from "../../protocol/jobs/checks-settings.ts";
import type { SettingsFor } from "../../protocol/jobs/programs.ts";
import { PROGRAM_MANAGER } from "../../protocol/field-managers.ts";
import { checkUrl } from "../../protocol/identity/check-url.ts";
import { guardLabels, ofWorkload } from "../../protocol/labels.ts";
import { pullPod, workloadName } from "../../protocol/names.ts";
import type { EnvironmentVariable } from "../../protocol/database-environment.ts";
import { workloadService } from "../../protocol/traffic/entrance.ts";
import { isAfterSwitch } from "../../release/phases.ts";
import { isMoving, type Slot } from "../../release/release.ts";
import { slotDigest } from "../../release/slot-digest.ts";
import { checkName, type CheckStep } from "../../release/tasks.ts";
import { verdictObject } from "../../release/verdict.ts";
import type { Workload } from "../../release/workload.ts";
import { addressesOf } from "./public-entrances.ts";
import { localTakeover } from "./local-takeover.ts";
import { loginCheck } from "./login-check.ts";
import { handedRequests } from "./secret-headers.ts";
import { CHECK_SECONDS, type StageContext } from "./stage-context.ts";
import { probeSeconds, probeSettings, smokeIdentity } from "./who-answers.ts";

/** What Kubernetes gives a pod that does not say how long it may take to end. */
const DEFAULT_GRACE_SECONDS = 30;

/** How much longer than that a pod may be seen. */
const AFTER_GRACE_SECONDS = 60;

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
  const { app } = config;
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
          ...behindServices(context, step),
          replicas: fullSize(context.versionOf(step.slot), config.replicas),
          image: step.slot.image,
          ...templateOf(context, step.slot),
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
        settings: {
          url: urlOf(context, step),
          requests,
          ...identityIn(smokeIdentity(context, step.slot)),
          deadlineSeconds: CHECK_SECONDS,
        },
      };
    }
    case "warm-up": {
      const { requests, concurrency } = app.warmUp;
      const [url, paths] = [urlOf(context, step), warmUpPaths(context, step.slot)];
      return {
        name,
        program: "warm-up",
        asksCluster: false,
        deadlineSeconds: CHECK_SECONDS,
        settings: { url, paths, requests, concurrency, deadlineSeconds: CHECK_SECONDS },
      };
    }
    case "logged-in": {
      const at = { url: urlOf(context, step), paths: warmUpPaths(context, step.slot) };
      const handed = loginCheck(context, step, at);
      const { deadlineSeconds } = handed.settings;
      return { name, program: "logged-in", asksCluster: true, deadlineSeconds, ...handed };
    }
    case "gone": {
      const { web } = context.versionOf(step.slot);
      const { terminationGracePeriodSeconds: grace = DEFAULT_GRACE_SECONDS } = web.template.spec;
      const deadlineSeconds = Math.max(CHECK_SECONDS, Number(grace) + AFTER_GRACE_SECONDS);
      return {
        name,
        program: "gone",
        asksCluster: true,
        deadlineSeconds,
        settings: {
          namespace: cluster.namespace,
          labels: ofWorkload(web.selector, step.workload),
          version: step.slot.version,
          colour: step.workload === "rolling" ? step.slot.colour : null,
          deadlineSeconds,
        },
      };
    }
    case "probe": {
      const settings = probeSettings(context, step.colours);
      const asksCluster = Boolean(settings.endpoints);
      return { name, program: "probe", asksCluster, deadlineSeconds: probeSeconds(settings), settings };
    }
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

/** How the pods of a slot are known where the image is not enough. */
function templateOf({ versionOf }: StageContext, slot: Slot): Pick<SettingsFor<"ready">, "template"> {
  const template = templateDigest(versionOf(slot));
  return template === null ? {} : { template };
}

/** The Services in front of a workload, and which container has the image. */
function behindServices(
  context: StageContext,
  { workload, slot }: WorkloadSlot,
): Pick<SettingsFor<"ready">, "service" | "services" | "container"> {
  const { cluster, versionOf, release } = context;
  const { web } = versionOf(slot);
  // In canary the old version's routes give the new one its share, by the Services that they name.
  const sharesRoutes =
    release.strategy === "canary" &&
    isMoving(release) &&
    !isAfterSwitch(release.phase) &&
    slot === release.to;
  const entrances = sharesRoutes ? addressesOf(context, slot) : versionOf(slot).entrances;
  const [service = workloadName(cluster.app, workload), ...services] = entrances.services.map(({ name }) =>
    workloadService(name, workload),
  );
  return {
    service,
    ...(services.length > 0 ? { services } : {}),
    ...(cluster.form === "manifests" ? { container: web.container } : {}),
  };
}

/**
 * Where the pods of a slot are reached, whoever has the traffic.
 *
 * @throws {pulumi.RunError} where none of their ports speaks HTTP
 */
function urlOf({ versionOf, cluster }: StageContext, { workload, slot }: WorkloadSlot): string {
  const [first] = versionOf(slot).entrances.services;
  if (!first) throw new RangeError(`Cannot reach ${slot.version} as it has no Service`);
  const found = checkUrl(first, workload, cluster.namespace);
  if ("url" in found) return found.url;
  throw new pulumi.RunError(`Cannot test ${slot.version} as ${found.why}. Add a port of plain HTTP.`);
}

interface WorkloadSlot {
  readonly workload: Workload;
  readonly slot: Slot;
}

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

/** An older image does not know it. */
const identityIn = (identity: ReturnType<typeof smokeIdentity>) => (identity ? { identity } : {});

const warmUpPaths = (context: StageContext, slot: Slot): readonly string[] =>
  context.config.app.warmUp.paths ?? [readinessPathOf(context, slot)];

/** An application without smoke requests must at least answer its readiness path. */
const smokeRequests = (context: StageContext, slot: Slot): App["smoke"] =>
  context.config.app.smoke.length > 0
    ? context.config.app.smoke
    : [{ method: "GET", path: readinessPathOf(context, slot), expect: { status: 200 } }];

/** The path of the pods' own readiness probe; only of a version without one, the root. */
const readinessPathOf = ({ versionOf }: StageContext, slot: Slot): string =>
  readinessPath(versionOf(slot).web) ?? "/";
