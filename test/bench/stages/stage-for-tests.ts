// A stage as engine and cluster tell of it, for the tests of the bench.
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Trace } from "./account.ts";
import { coursesOf, type Sighting } from "./course.ts";
import type { Heard } from "./operations.ts";

const urn = (type: string, name: string) => `urn:pulumi:test::zero-downtime::${type}::${name}`;

/** An event about a resource, as the engine writes it. */
export function told(
  at: number,
  event: "resourcePreEvent" | "resOutputsEvent",
  [type, name, op]: readonly [string, string, string],
  more: { custom?: boolean; planning?: boolean } = {},
): Heard {
  const { custom = true, planning = false } = more;
  const metadata = { op, urn: urn(type, name), type, new: { custom } };
  return {
    at,
    event: { sequence: at, timestamp: 0, [event]: { metadata, planning } } as unknown as EngineEvent,
  };
}

const PRELUDE: Heard = { at: 800, event: { sequence: 1, timestamp: 0, preludeEvent: { config: {} } } };
const STACK = ["pulumi:pulumi:Stack", "zero-downtime-test", "same"] as const;
const COMPONENT = ["zero-downtime:components:StageJob", "probe", "create"] as const;
export const MARK = ["pulumi:index:Stash", "entered", "update"] as const;
const CHECK = ["kubernetes:batch/v1:Job", "probe", "create-replacement"] as const;
const OLD_CHECK = ["kubernetes:batch/v1:Job", "probe", "delete-replaced"] as const;
const SWAP = ["kubernetes:batch/v1:Job", "probe", "replace"] as const;
const NAMESPACE = ["kubernetes:core/v1:Service", "address-blue", "same"] as const;

/** A stage that writes a mark, and then replaces a Job, beside what does not change. */
export const HEARD: readonly Heard[] = [
  PRELUDE,
  told(1_500, "resourcePreEvent", STACK),
  told(2_000, "resourcePreEvent", NAMESPACE),
  told(2_000, "resOutputsEvent", NAMESPACE),
  told(2_100, "resourcePreEvent", MARK),
  told(2_150, "resOutputsEvent", MARK),
  told(2_200, "resourcePreEvent", COMPONENT, { custom: false }),
  told(2_300, "resourcePreEvent", OLD_CHECK),
  told(2_500, "resOutputsEvent", OLD_CHECK),
  told(2_500, "resourcePreEvent", SWAP),
  told(2_500, "resOutputsEvent", SWAP),
  told(2_500, "resourcePreEvent", CHECK),
  told(7_000, "resOutputsEvent", CHECK),
  told(7_000, "resOutputsEvent", COMPONENT, { custom: false }),
  told(7_100, "resOutputsEvent", STACK),
];

export const JOB = "book-probe-abc-012345";
export const pod = (
  at: number,
  name: string,
  marks: Sighting["marks"],
  more: Partial<Sighting> = {},
): Sighting => ({
  at,
  kind: "pod",
  name,
  marks,
  ...more,
});
const job = (at: number, marks: Sighting["marks"]): Sighting => ({ at, kind: "job", name: JOB, marks });

export const SIGHTINGS: readonly Sighting[] = [
  job(2_600, ["created"]),
  pod(2_700, "probe-1", ["created"], { job: JOB }),
  pod(2_720, "probe-1", ["created", "scheduled"], { job: JOB }),
  pod(3_000, "probe-1", ["pulled"]),
  pod(3_300, "probe-1", ["started"]),
  pod(5_100, "probe-1", ["created", "scheduled", "started", "finished"], { job: JOB }),
  job(6_000, ["created", "criteria"]),
  job(6_800, ["created", "criteria", "complete"]),
];

export const TRACE: Trace = {
  from: 0,
  to: 7_500,
  heard: HEARD,
  firstLine: undefined,
  courses: coursesOf(SIGHTINGS),
  words: { "probe-1": { first: 3_600, last: 4_500 } },
  processorSeconds: 4,
};
