import type { Course } from "./course.ts";

/** When a pod's program said its first word and its last one, milliseconds since the epoch. */
export interface Words {
  readonly first: number;
  readonly last: number;
}

/** The way of a Job, each leg from the end of the one before it. */
export const LEGS = [
  "pod created",
  "scheduled",
  "pulled",
  "started",
  "first line",
  "last line",
  "end seen",
  "criteria met",
  "complete",
  "told",
] as const;
export type Leg = (typeof LEGS)[number];

/** Seconds by leg. */
export type Legs = Readonly<Partial<Record<Leg, number>>>;

/** A Job, and when it came to the end of each leg; what was not seen is undefined. */
export interface JobCourse {
  readonly name: string;
  readonly created: number | undefined;
  readonly at: Readonly<Partial<Record<Leg, number | undefined>>>;
  /** As nearly as is known: a program's last word comes before the kubelet says that it ended. */
  readonly ended: number | undefined;
}

/** @param words of the pods of Jobs, by name */
export function jobCoursesOf(
  courses: readonly Course[],
  words: Readonly<Record<string, Words>>,
): JobCourse[] {
  return courses
    .filter(({ kind }) => kind === "job")
    .map(({ name, reached: job }) => {
      const pod = courses.find((one) => one.job === name);
      const said = pod && words[pod.name];
      return {
        name,
        created: job.created,
        at: {
          "pod created": pod?.reached.created,
          scheduled: pod?.reached.scheduled,
          pulled: pod?.reached.pulled,
          started: pod?.reached.started,
          "first line": said?.first,
          "last line": said?.last,
          "end seen": pod?.reached.finished,
          "criteria met": job.criteria,
          complete: job.complete,
        },
        ended: said?.last ?? pod?.reached.finished,
      };
    });
}

/**
 * How long each leg took. A leg that was not seen is part of the next one, and one that was seen
 * too late to have a time of its own took none.
 *
 * @param from when the first leg began
 * @param told when the engine knew that the Job is complete
 */
export function legsOf({ at }: JobCourse, from: number, told: number | undefined): Legs {
  const legs: Partial<Record<Leg, number>> = {};
  let before = from;
  for (const leg of LEGS) {
    const end = leg === "told" ? told : at[leg];
    if (end === undefined) continue;
    legs[leg] = Math.max(0, end - before) / 1000;
    before = Math.max(before, end);
  }
  return legs;
}
