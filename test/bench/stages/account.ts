import { jobTitle } from "../../../protocol/names.ts";
import type { Course } from "./course.ts";
import { jobCoursesOf, legsOf, type JobCourse, type Legs, type Words } from "./job-course.ts";
import { milestonesOf, operationsOf, type Heard, type Milestones, type Operation } from "./operations.ts";
import { splitOf, type Part, type Span, type Split } from "./split.ts";

/** All that was seen of one command. */
export interface Trace extends Span {
  readonly heard: readonly Heard[];
  /** When it printed its first line: of a command whose engine is not heard. */
  readonly firstLine: number | undefined;
  /** Of the objects that were created meanwhile. */
  readonly courses: readonly Course[];
  /** Of the pods of Jobs, by name. */
  readonly words: Readonly<Record<string, Words>>;
  /** Seconds of all processors together. */
  readonly processorSeconds: number;
}

/** Something that was done; seconds. */
export interface Row {
  readonly title: string;
  /** Since the command. */
  readonly begun: number;
  /** Just before it, nothing was done for so long: program, engine or plugin were at work. */
  readonly idle: number;
  readonly seconds: number;
  /** Of a Job alone. */
  readonly legs: Legs;
}

/** Where the time of one command went; seconds. */
export interface Account {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly split: Split;
  readonly rows: readonly Row[];
}

/** @param app by whose name those of its Jobs begin */
export function accountOf(trace: Trace, app: string): Account {
  const { from, to, processorSeconds } = trace;
  const operations = operationsOf(trace.heard);
  const jobs = jobCoursesOf(trace.courses, trace.words);
  const split = splitOf({ from, to }, spansOf(trace, operations, jobs));
  const rows =
    trace.heard.length > 0
      ? rowsOf(trace, operations, jobs, app)
      : jobs.map((job) => rowOfJob(job, trace, app));
  return { seconds: (to - from) / 1000, processorSeconds, split, rows };
}

function spansOf(
  trace: Trace,
  operations: readonly Operation[],
  jobs: readonly JobCourse[],
): Record<Part, readonly Span[]> {
  const { from, to, courses } = trace;
  const { firstEvent, firstResource, lastDone } = milestonesIn(trace);
  return {
    engine: span(from, firstEvent),
    program: span(firstEvent, firstResource),
    end: span(lastDone, to),
    pods: courses
      .filter(({ workload }) => workload !== undefined)
      .flatMap(({ reached }) => span(reached.created, reached.ready)),
    work: jobs.flatMap(({ at, ended }) => span(at.started, ended)),
    start: jobs.flatMap(({ at, created }) => span(created, at.started)),
    complete: jobs.flatMap(({ at, ended }) => span(ended, at.complete)),
    other: operations,
  };
}

const span = (from: number | undefined, to: number | undefined): Span[] =>
  from === undefined || to === undefined ? [] : [{ from, to }];

/**
 * Where no engine was heard, what the command printed and what came to be in the cluster say about
 * the same.
 */
function milestonesIn({ heard, firstLine, courses }: Trace): Milestones {
  if (heard.length > 0) return milestonesOf(heard);
  const times = courses.flatMap(({ reached }) => Object.values(reached));
  return {
    firstEvent: firstLine,
    firstResource: times.length > 0 ? Math.min(...times) : undefined,
    lastDone: times.length > 0 ? Math.max(...times) : undefined,
  };
}

function rowsOf(
  { from, heard }: Trace,
  operations: readonly Operation[],
  jobs: readonly JobCourse[],
  app: string,
): Row[] {
  let doneBefore = milestonesOf(heard).firstResource ?? from;
  return operations.map((operation) => {
    const { name, kind, what } = operation;
    const isMade = kind === "Job" && !what.startsWith("delete");
    const job = isMade ? jobs.find((one) => jobTitle(app, one.name) === name) : undefined;
    const idle = Math.max(0, operation.from - doneBefore) / 1000;
    doneBefore = Math.max(doneBefore, operation.to);
    return {
      title: `${kind} \`${name}\`${what === "create" ? "" : `, ${what}`}`,
      begun: (operation.from - from) / 1000,
      idle,
      seconds: (operation.to - operation.from) / 1000,
      legs: job ? legsOf(job, operation.from, operation.to) : {},
    };
  });
}

function rowOfJob(job: JobCourse, { from, to }: Span, app: string): Row {
  const { created = from, at } = job;
  return {
    title: `Job \`${jobTitle(app, job.name)}\``,
    begun: (created - from) / 1000,
    idle: 0,
    seconds: ((at.complete ?? to) - created) / 1000,
    legs: legsOf(job, created, undefined),
  };
}
