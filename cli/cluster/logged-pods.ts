import { workloadLabelled } from "../../protocol/labels.ts";
import { CHECKS_ANNOTATION, jobTitle } from "../../protocol/names.ts";

/** A pod that may have logs. */
export interface LoggedPod {
  readonly name: string;
  readonly creationTimestamp: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly phase: string;
}

/** A pod to show, under the name that people know. */
export interface MeantPod {
  readonly title: string;
  readonly pod: string;
  readonly phase: string;
}

const JOB = "batch.kubernetes.io/job-name";

/**
 * The pods that a word names: a colour's, or those of a kind of Job such as `schema`, `ready-blue`
 * or `probe`; without a word, those of all Jobs. The oldest comes first.
 */
export function podsMeant(pods: readonly LoggedPod[], app: string, what: string | undefined): MeantPod[] {
  return [...pods]
    .sort((one, two) => (one.creationTimestamp < two.creationTimestamp ? -1 : 1))
    .flatMap((pod) => {
      const title = titleOf(pod, app);
      const isJob = pod.labels[JOB] !== undefined;
      const names = [title, ...(pod.annotations[CHECKS_ANNOTATION]?.split(" ") ?? [])];
      const isMeant =
        what === undefined ? isJob : names.some((name) => name === what || name.startsWith(`${what}-`));
      return isMeant ? [{ title, pod: pod.name, phase: pod.phase }] : [];
    });
}

/**
 * A Job without the app's name, the attempt's number and the digest; a pod of the application by
 * its workload.
 */
function titleOf({ labels, name }: LoggedPod, app: string): string {
  const job = labels[JOB];
  if (job !== undefined) return jobTitle(app, job);
  return workloadLabelled(labels) ?? name.slice(app.length + 1).replace(/-[0-9a-f]+-[0-9a-z]{5}$/, "");
}
