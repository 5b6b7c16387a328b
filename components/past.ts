import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { KEY_MARK, recordMark, type ColourRecord } from "../protocol/state/colour-record.ts";
import { isMark, markFound, type Completed, type Entered, type Marks } from "../protocol/state/marks.ts";
import type { Dropping } from "../release/moves/point-of-no-return.ts";
import { COLOURS, type Colour } from "../release/release.ts";
import { withNewDefaults } from "./config/read-config.ts";
import { keysInState } from "./preflight/planned.ts";

const READ_ATTEMPTS = 20;
const READ_PAUSE_MILLISECONDS = 50;

/**
 * What the state says of the last `up`s: the stage completed and the stage entered,
 * finished or not.
 */
export interface Past {
  readonly completed: Completed | null;
  readonly entered: Entered | null;
  /** Null before the first stage. */
  readonly dropping: Dropping | null;
  /** What colours were prepared from; none for a colour that config alone describes. */
  readonly records: Records;
  /** Keys of the cluster's objects that the stack has, see `objectKey`. */
  readonly objects: ReadonlySet<string>;
  /** Types of the stack's resources, by their logical names. */
  readonly types: ResourceTypes;
  /** Of the stack, for digests of what is secret: the one in its state, or a new one. */
  readonly key: string;
}

export type ResourceTypes = ReadonlyMap<string, readonly string[]>;

/** The records of the colours that have one. */
export type Records = Readonly<Partial<Record<Colour, ColourRecord>>>;

/**
 * The own stack's marks as plain values, known in preview too. A StackReference would only show the
 * outputs, which a failed `up` leaves as they were; this function of the engine's built-in provider
 * shows the resources in the state.
 */
export async function readPast(): Promise<Past> {
  const resources = Object.entries((await readStack()).outputs);
  const mark = <Name extends keyof Marks>(name: Name): Marks[Name] | null => {
    const found = resources.find(([urn]) => isMark(urn, name))?.[1].outputs.input;
    try {
      return markFound(name, found) as Marks[Name] | null;
    } catch (error) {
      throw new pulumi.RunError((error as Error).message);
    }
  };
  const [completed, entered] = [mark("completed"), mark("entered")];
  const records = COLOURS.flatMap((colour) => {
    const record = mark(recordMark(colour));
    return record ? [[colour, record] as const] : [];
  });
  return {
    records: Object.fromEntries(records),
    objects: keysInState(resources.map(([, { outputs }]) => outputs)),
    types: typesIn(resources.map(([urn]) => urn)),
    key: mark(KEY_MARK) ?? randomBytes(32).toString("hex"),
    completed: completed && { ...completed, release: withNewDefaults(completed.release) },
    entered: entered && { ...entered, release: withNewDefaults(entered.release) },
    dropping: mark("contracting"),
  };
}

/** A URN ends in the types of the resource's parents and its own, and in its name. */
function typesIn(urns: readonly string[]): ResourceTypes {
  const types = new Map<string, string[]>();
  for (const urn of urns) {
    const [name = "", path = ""] = urn.split("::").toReversed();
    types.set(name, [...(types.get(name) ?? []), path.split("$").at(-1) ?? path]);
  }
  return types;
}

/** The stack's full name: organization, project and stack. */
export const ownStack = (): string =>
  `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;

interface StackState {
  readonly outputs: Readonly<Record<string, { readonly outputs: { readonly input?: unknown } }>>;
}

/**
 * The engine writes the state while this program runs. A state in files has a side file that is not
 * written atomically (unless the backend's URL says `metadata=skip`); a read at that moment fails
 * with "failed to load checkpoint: EOF" (seen on Pulumi 3.254), but never returns half a state.
 */
async function readStack(): Promise<StackState> {
  const stackName = ownStack();
  const read = () => pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
  for (let attempt = 1; attempt < READ_ATTEMPTS; attempt += 1) {
    try {
      return (await read()) as StackState;
    } catch (error) {
      if (!String(error).includes("failed to load checkpoint")) throw error;
      await setTimeout(READ_PAUSE_MILLISECONDS);
    }
  }
  return (await read()) as StackState;
}
