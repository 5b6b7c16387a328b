import { z } from "zod";
import { workloadLabelled } from "../../../protocol/labels.ts";
import type { Workload } from "../../../release/workload.ts";

/** What is reached by an object once, and then holds. */
export type Mark =
  | "created"
  | "scheduled"
  | "pulled"
  | "started"
  | "ready"
  | "finished"
  /** The Job's criteria of success are met; it is complete once its pods are seen to be gone. */
  | "criteria"
  | "complete";

/** What one event of a watch says: the object's marks as they are now. */
export interface Sighting {
  /** When it was heard of, milliseconds since the epoch. */
  readonly at: number;
  readonly kind: "pod" | "job";
  readonly name: string;
  /** The Job that a pod belongs to. */
  readonly job?: string | undefined;
  /** Whose pod it is, where it is one of the application. */
  readonly workload?: Workload | undefined;
  readonly marks: readonly Mark[];
}

/** When an object reached each mark, milliseconds since the epoch. */
export type Course = Omit<Sighting, "at" | "marks"> & {
  readonly reached: Readonly<Partial<Record<Mark, number>>>;
};

const condition = z.object({ type: z.string(), status: z.string() });
const metadata = z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) });
const state = z.object({ running: z.unknown().optional(), terminated: z.unknown().optional() });

const pod = z.object({
  metadata,
  status: z.object({
    conditions: z.array(condition).default([]),
    containerStatuses: z.array(z.object({ state })).default([]),
  }),
});

const job = z.object({
  metadata,
  status: z.object({ conditions: z.array(condition).default([]) }).default({ conditions: [] }),
});

const event = z.object({
  reason: z.string().optional(),
  involvedObject: z.object({ kind: z.string().optional(), name: z.string().optional() }),
});

/** What the watch of one kind of object tells, by its kind. */
export const SIGHTING_OF: Readonly<
  Record<"pod" | "job" | "event", (at: number, object: unknown) => Sighting | null>
> = {
  pod: (at, object) => {
    const { metadata: meta, status } = pod.parse(object);
    const states = status.containerStatuses.map((one) => one.state);
    const isDone = states.length > 0 && states.every(({ terminated }) => terminated !== undefined);
    const isStarted = states.some(
      ({ running, terminated }) => running !== undefined || terminated !== undefined,
    );
    const marks: readonly (readonly [Mark, boolean])[] = [
      ["scheduled", holds(status.conditions, "PodScheduled")],
      ["started", isStarted],
      ["ready", holds(status.conditions, "Ready")],
      ["finished", isDone],
    ];
    return {
      at,
      kind: "pod",
      name: meta.name,
      job: meta.labels["batch.kubernetes.io/job-name"],
      workload: workloadLabelled(meta.labels),
      marks: ["created", ...reachedOf(marks)],
    };
  },
  job: (at, object) => {
    const { metadata: meta, status } = job.parse(object);
    const marks: readonly (readonly [Mark, boolean])[] = [
      ["criteria", holds(status.conditions, "SuccessCriteriaMet")],
      ["complete", holds(status.conditions, "Complete")],
    ];
    return { at, kind: "job", name: meta.name, marks: ["created", ...reachedOf(marks)] };
  },
  // The kubelet says what it has done before it writes the pod's status, and says each of it, where
  // the status of a short container passes over its running.
  event: (at, object) => {
    const { reason = "", involvedObject } = event.parse(object);
    const mark = SAID_BY_KUBELET[reason];
    if (mark === undefined || involvedObject.kind !== "Pod" || involvedObject.name === undefined) return null;
    return { at, kind: "pod", name: involvedObject.name, marks: [mark] };
  },
};

const SAID_BY_KUBELET: Readonly<Record<string, Mark>> = { Pulled: "pulled", Started: "started" };

const holds = (conditions: readonly z.infer<typeof condition>[], type: string): boolean =>
  conditions.some((one) => one.type === type && one.status === "True");

const reachedOf = (marks: readonly (readonly [Mark, boolean])[]): Mark[] =>
  marks.filter(([, isReached]) => isReached).map(([mark]) => mark);

/** The course of every object that was created, by the first sighting of each of its marks. */
export function coursesOf(sightings: readonly Sighting[]): Course[] {
  const courses = new Map<string, Course>();
  for (const { at, marks, ...said } of sightings) {
    const key = `${said.kind} ${said.name}`;
    const known = courses.get(key);
    const first = Object.fromEntries(marks.map((mark) => [mark, at]));
    courses.set(key, {
      ...said,
      job: said.job ?? known?.job,
      workload: said.workload ?? known?.workload,
      reached: { ...first, ...known?.reached },
    });
  }
  return [...courses.values()].filter(({ reached }) => reached.created !== undefined);
}
