import type { Config } from "../../protocol/config/config-schema.ts";
import { RESTRICTED_CONTAINER, RESTRICTED_JOBS_POD } from "../../protocol/kubernetes/pod-security.ts";
import { appLabels, guardLabels, type Form } from "../../protocol/labels.ts";
import { guardName } from "../../protocol/names.ts";
import { GUARD_RESOURCES } from "../guard.ts";
import { JOB_RESOURCES } from "../stage/stage-job.ts";
import type { PlannedPods } from "./planned.ts";

/** Config that decides which pods of its own a release has. */
type OwnPodsConfig = Pick<Config, "app" | "jobs" | "database">;

/** Pods of the jobs image that run at the same time as a stage's other pods. */
export function jobPods({ app, jobs, database }: OwnPodsConfig, form: Form): PlannedPods {
  return {
    title: "the Jobs of a stage",
    // A proof that reads rows runs beside the checks.
    count: database ? 2 : 1,
    deployment: null,
    ...imageOf(jobs),
    template: {
      metadata: { labels: appLabels(app.name, form) },
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        securityContext: RESTRICTED_JOBS_POD,
        containers: [container("checks", jobs, JOB_RESOURCES)],
      },
    },
  };
}

/** The guard's pod, while both versions serve. */
export function guardPods({ app, jobs }: OwnPodsConfig, form: Form): PlannedPods {
  return {
    title: "the guard",
    count: 1,
    deployment: guardName(app.name),
    ...imageOf(jobs),
    template: {
      metadata: { labels: { ...appLabels(app.name, form), ...guardLabels(app.name, form) } },
      spec: {
        automountServiceAccountToken: false,
        securityContext: RESTRICTED_JOBS_POD,
        containers: [container("guard", jobs, GUARD_RESOURCES)],
      },
    },
  };
}

const container = (name: string, { image, repository }: Config["jobs"], resources: typeof JOB_RESOURCES) => ({
  name,
  image: image ?? `${repository ?? "zero-downtime-jobs"}@${NO_DIGEST}`,
  resources,
  securityContext: RESTRICTED_CONTAINER,
});

/** Of no image at all: the release's own may only be built later. */
const NO_DIGEST = `sha256:${"0".repeat(64)}`;

const imageOf = ({ image }: Config["jobs"]) => (image === undefined ? { isExample: true } : {});
