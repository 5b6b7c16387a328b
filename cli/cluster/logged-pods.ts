import { z } from "zod";
import { isGuard, workloadLabelled } from "../../protocol/labels.ts";
import { CHECKS_ANNOTATION, jobTitle, withoutApp } from "../../protocol/names.ts";

/** A pod that may have logs. */
export interface LoggedPod {
  readonly name: string;
  readonly creationTimestamp: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly phase: string;
  /** In the order in which they start. */
  readonly containers: readonly LoggedContainer[];
}

interface LoggedContainer {
  readonly name: string;
  /** Why it has not run yet, and has no log; null where it has. */
  readonly waiting: string | null;
}

/** A log to show, under the name that people know. */
export interface MeantLog {
  readonly title: string;
  readonly pod: string;
  readonly container: string;
  /** The pod's phase, or why there is no log yet. */
  readonly state: string;
  readonly isThere: boolean;
}

const containerStatus = z.looseObject({
  name: z.string(),
  restartCount: z.number().default(0),
  state: z
    .looseObject({ waiting: z.looseObject({ reason: z.string().default("waiting") }).optional() })
    .prefault({}),
});

/** Pods as the API server lists them. */
export const podList = z.object({
  items: z.array(
    z
      .object({
        metadata: z.looseObject({
          name: z.string(),
          creationTimestamp: z.string(),
          labels: z.record(z.string(), z.string()).default({}),
          annotations: z.record(z.string(), z.string()).default({}),
        }),
        status: z.looseObject({
          phase: z.string().default("?"),
          initContainerStatuses: z.array(containerStatus).default([]),
          containerStatuses: z.array(containerStatus).default([]),
        }),
      })
      .transform(({ metadata, status }): LoggedPod => {
        const containers = [...status.initContainerStatuses, ...status.containerStatuses];
        return {
          ...metadata,
          phase: status.phase,
          // One that waits to be started again has a log of its last run.
          containers: containers.map(({ name, restartCount, state: { waiting } }) => ({
            name,
            waiting: waiting && restartCount === 0 ? waiting.reason : null,
          })),
        };
      }),
  ),
});

const JOB = "batch.kubernetes.io/job-name";

/**
 * The logs that a word names: those of a colour's pods, or of a kind of Job such as `schema`,
 * `ready-blue` or `probe`; without a word, those of all Jobs. The oldest comes first; of a pod with
 * several containers, each has its own.
 */
export function logsMeant(pods: readonly LoggedPod[], app: string, what: string | undefined): MeantLog[] {
  return [...pods]
    .sort((one, two) => (one.creationTimestamp < two.creationTimestamp ? -1 : 1))
    .flatMap((pod) => {
      const title = titleOf(pod, app);
      const isJob = pod.labels[JOB] !== undefined;
      const names = [title, ...(pod.annotations[CHECKS_ANNOTATION]?.split(" ") ?? [])];
      const isMeant =
        what === undefined ? isJob : names.some((name) => name === what || name.startsWith(`${what}-`));
      return isMeant ? logsOf(pod, title) : [];
    });
}

function logsOf({ name: pod, phase, containers }: LoggedPod, title: string): MeantLog[] {
  // One that no node has taken yet.
  if (containers.length === 0) return [{ title, pod, container: "", state: phase, isThere: false }];
  return containers.map(({ name, waiting }) => ({
    title: containers.length === 1 ? title : `${title}, container ${name}`,
    pod,
    container: name,
    state: waiting === null ? phase : `${phase}: ${waiting}`,
    isThere: waiting === null,
  }));
}

/**
 * A Job without the app's name, the attempt's number and the digest; a pod of the application by
 * its workload. By labels where there are any, as names of pods are cut off where they are long.
 */
function titleOf({ labels, name }: LoggedPod, app: string): string {
  const job = labels[JOB];
  if (job !== undefined) return jobTitle(app, job);
  if (isGuard(labels)) return "guard";
  return workloadLabelled(labels) ?? withoutApp(app, name).replace(/-[0-9a-f]+-[0-9a-z]{5}$/, "");
}
