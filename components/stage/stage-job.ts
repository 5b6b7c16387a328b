import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentVariable } from "../../protocol/database-environment.ts";
import type { SettingsFor, StageProgram } from "../../protocol/jobs/programs.ts";
import { SETTINGS_VARIABLE, TERMINATION_LOG_VARIABLE } from "../../protocol/jobs/variables.ts";
import { appLabels } from "../../protocol/labels.ts";
import { CHECKS_ANNOTATION, jobName } from "../../protocol/names.ts";
import { meta, type Cluster } from "../cluster.ts";
import { RESTRICTED_CONTAINER, RESTRICTED_JOBS_POD } from "../../protocol/kubernetes/pod-security.ts";

/** What the pod of a stage's Job takes. */
export const JOB_RESOURCES = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } };

/** Where the kubelet reads a container's termination message. */
const TERMINATION_LOG = "/dev/termination-log";

/** A program in the image, with the settings that it reads. */
export type StageWork = {
  [P in StageProgram]: { readonly program: P; readonly settings: pulumi.Input<SettingsFor<P>> };
}[StageProgram];

/** Arguments of {@link StageJob}. */
export type StageJobArgs = StageWork & {
  readonly cluster: Cluster;
  /** The jobs image. */
  readonly image: pulumi.Input<string>;
  /** The Job is ended when it runs longer. */
  readonly deadlineSeconds: number;
  readonly number: number;
  readonly environment?: readonly EnvironmentVariable[];
  /** ServiceAccount for programs that use the Kubernetes API; all others get no token. */
  readonly serviceAccount?: string;
  /** Names of the checks that it makes, where there are several. */
  readonly checks?: readonly string[];
};

/**
 * A check or a piece of work inside the cluster. Its object's name carries the attempt's number and
 * a digest of its content: every attempt runs its own, and an unchanged `up` leaves it alone.
 */
export class StageJob extends pulumi.ComponentResource {
  readonly job: k8s.batch.v1.Job;

  constructor(name: string, args: StageJobArgs, opts: pulumi.ComponentResourceOptions) {
    super("zero-downtime:components:StageJob", name, {}, opts);
    const { cluster, deadlineSeconds } = args;
    const limit = `${deadlineSeconds + 60}s`;
    this.job = new k8s.batch.v1.Job(
      name,
      {
        metadata: meta(cluster, objectName(name, args), {
          annotations: { "pulumi.com/replaceUnready": "true" },
        }),
        spec: {
          // One retry: a pod may be evicted or deleted by hand in the middle of its work.
          backoffLimit: 1,
          activeDeadlineSeconds: deadlineSeconds,
          template: {
            metadata: {
              labels: appLabels(cluster.app, cluster.form),
              ...(args.checks ? { annotations: { [CHECKS_ANNOTATION]: args.checks.join(" ") } } : {}),
            },
            spec: podSpec(args),
          },
        },
      },
      {
        parent: this,
        provider: cluster.provider,
        deleteBeforeReplace: true,
        customTimeouts: { create: limit, update: limit },
        ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
      },
    );
    this.registerOutputs({});
  }
}

function objectName(name: string, { cluster, image, settings, number }: StageJobArgs): pulumi.Output<string> {
  const given: pulumi.Input<object> = settings;
  return pulumi.output({ image, settings: given }).apply((content) => {
    const digest = createHash("sha256")
      .update(JSON.stringify([content.image, content.settings]))
      .digest("hex")
      .slice(0, 6);
    return jobName(cluster.app, name, number, digest);
  });
}

function podSpec({
  image,
  program,
  settings,
  environment,
  serviceAccount,
}: StageJobArgs): k8s.types.input.core.v1.PodSpec {
  const given: pulumi.Input<object> = settings;
  return {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 20,
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
    automountServiceAccountToken: serviceAccount !== undefined,
    securityContext: RESTRICTED_JOBS_POD,
    containers: [
      {
        name: program,
        image,
        args: [program],
        env: [
          {
            name: SETTINGS_VARIABLE,
            value: pulumi.output(given).apply((plain) => JSON.stringify(plain)),
          },
          { name: TERMINATION_LOG_VARIABLE, value: TERMINATION_LOG },
          ...(environment ?? []),
        ],
        terminationMessagePath: TERMINATION_LOG,
        // A program that dies without a result leaves at least the end of its log.
        terminationMessagePolicy: "FallbackToLogsOnError",
        resources: JOB_RESOURCES,
        securityContext: RESTRICTED_CONTAINER,
      },
    ],
  };
}
