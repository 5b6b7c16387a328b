import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";

/** An event of the engine, and when it was heard, milliseconds since the epoch. */
export interface Heard {
  readonly at: number;
  readonly event: EngineEvent;
}

/** Something that the engine did with one resource. */
export interface Operation {
  /** The resource's name in the program. */
  readonly name: string;
  /** Last part of its type: Job, Deployment, Stash … */
  readonly kind: string;
  /** In the engine's words: create, update, create-replacement … */
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

/** When an engine had come how far, milliseconds since the epoch; undefined where it did not. */
export interface Milestones {
  readonly firstEvent: number | undefined;
  /** The program has named a resource of its own. */
  readonly firstResource: number | undefined;
  readonly lastDone: number | undefined;
}

const STACK = "pulumi:pulumi:Stack";

/** Nothing is done with a resource; "replace" only frames a deletion and a creation. */
const NOTHING_DONE: readonly string[] = ["same", "replace"];

/**
 * Everything that was done with a resource of a plugin; components only frame such ones, and a
 * preview does nothing.
 */
export function operationsOf(heard: readonly Heard[]): Operation[] {
  const begun = new Map<string, number>();
  const operations: Operation[] = [];
  for (const { at, event } of heard) {
    const { metadata, planning } = event.resourcePreEvent ?? event.resOutputsEvent ?? {};
    if (!metadata || planning === true) continue;
    const key = `${metadata.op} ${metadata.urn}`;
    const from = begun.get(key);
    if (event.resourcePreEvent) begun.set(key, at);
    else if (from !== undefined && isWork(metadata)) {
      const name = metadata.urn.split("::").at(-1) ?? "";
      const kind = metadata.type.split(":").at(-1) ?? "";
      operations.push({ name, kind, what: metadata.op, from, to: at });
    }
  }
  return operations.sort((one, two) => one.from - two.from);
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

const isWork = ({ op, new: after, old: before }: Metadata): boolean =>
  !NOTHING_DONE.includes(op) && (after ?? before)?.custom === true;

export function milestonesOf(heard: readonly Heard[]): Milestones {
  const isOfAResource = ({ event }: Heard) =>
    event.resourcePreEvent !== undefined && event.resourcePreEvent.metadata.type !== STACK;
  return {
    firstEvent: heard[0]?.at,
    firstResource: heard.find(isOfAResource)?.at,
    lastDone: heard.findLast(({ event }) => event.resOutputsEvent !== undefined)?.at,
  };
}
