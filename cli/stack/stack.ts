import { existsSync } from "node:fs";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import { historyOf, type PastUp } from "./history.ts";
import { forEngine } from "./interrupt.ts";
import { describeLock, isStale, locksIn } from "./stack-lock.ts";
import { NO_PAST, pastOf, type Past } from "./stack-state.ts";
import { lastLine, pulumi, type Project } from "./project.ts";
import { thisMachine } from "./local-processes.ts";
import { Trouble } from "../cli-error.ts";

/**
 * What the last `up`s left behind.
 * @throws {Trouble} where the stack is not there or its state cannot be read
 */
export async function readPast(project: Project): Promise<Past> {
  const { exitCode, stdout, stderr } = await pulumi(project.folder, [
    "stack",
    "export",
    "--stack",
    project.stack,
  ]);
  if (exitCode === 0) return stdout.trim() === "" ? NO_PAST : pastOf(JSON.parse(stdout));
  if (/no stack named/.test(stderr)) {
    const config = existsSync(project.configFile)
      ? `Its config ${project.configFile} is there; make the stack with: pulumi stack init ${project.stack}`
      : "See them with pulumi stack ls; make one with zd init.";
    throw new Trouble("usage", `Cannot find stack ${project.stack} in Pulumi's backend.`, config);
  }
  const why = `Cannot read the state of stack ${project.stack}: ${lastLine(stderr)}`;
  if (/failed to load checkpoint: EOF/.test(stderr)) throw new Trouble("unreachable", why, BROKEN_SIDE_FILE);
  throw new Trouble(
    "unreachable",
    why,
    "pulumi login and pulumi stack ls tell whether the backend is the right one and can be reached.",
  );
}

/**
 * A backend in files writes `<state>.json.attrs` in place, beside the state, which it replaces as
 * one (seen on Pulumi 3.254).
 */
const BROKEN_SIDE_FILE =
  "If an up is at work, type this again. If not, one was killed while it wrote the state's side file, and the state itself is whole: " +
  "remove the empty file .pulumi/stacks/<project>/<stack>.json.attrs in the backend's folder. " +
  'With "?metadata=skip" at the end of PULUMI_BACKEND_URL no such files are written.';

/** How an `up` ended. */
export interface UpResult {
  readonly isOk: boolean;
  /** The engine's errors, the program's refusals among them, without repetitions. */
  readonly errors: readonly string[];
  readonly isInterrupted: boolean;
}

export interface UpOptions {
  readonly onEvent: (event: EngineEvent) => void;
  /** Tells what was cleared away before it could begin. */
  readonly say: (line: string) => void;
  /** Stops gracefully what is under way; the stage can be repeated. */
  readonly signal: AbortSignal;
  readonly message?: string;
}

/**
 * `pulumi up` on the same program, stack and config as a person's. What an `up` that was killed
 * left behind, its lock and its pending operations, is cleared away first.
 *
 * @param pending operations that the state says an earlier `up` did not finish
 * @throws {Trouble} where another `up` is at work
 */
export async function up(
  project: Project,
  pending: readonly string[],
  options: UpOptions,
): Promise<UpResult> {
  const stack = await openStack(project);
  if (pending.length > 0) {
    await unlocked(stack, options, async () => {
      await stack.refresh({ clearPendingCreates: true, configFile: project.configFile, color: "never" });
    });
    options.say(`Cleared ${pending.length} operations that an up that was killed left pending.`);
  }
  return unlocked(stack, options, () => tryUp(stack, project, options));
}

async function tryUp(
  stack: Stack,
  project: Project,
  { onEvent, signal, message }: UpOptions,
): Promise<UpResult> {
  const { CommandError, ConcurrentUpdateError } = await import("@pulumi/pulumi/automation/index.js");
  const errors = new Set<string>();
  const hear = (event: EngineEvent) => {
    if (event.diagnosticEvent?.severity === "error") errors.add(plain(event.diagnosticEvent.message));
    onEvent(event);
  };
  try {
    await stack.up({
      onEvent: hear,
      signal: forEngine(signal),
      color: "never",
      configFile: project.configFile,
      ...(message === undefined ? {} : { message }),
    });
    return { isOk: true, errors: [], isInterrupted: false };
  } catch (error) {
    if (!(error instanceof CommandError) || error instanceof ConcurrentUpdateError) throw error;
    const told = [...errors].filter((text) => text !== "" && text !== "update failed");
    return {
      isOk: false,
      errors: told.length > 0 ? told : [error.message],
      isInterrupted: signal.aborted,
    };
  }
}

/**
 * Runs something that takes the stack's lock. One whose process is gone is broken, once; a living
 * one is named.
 */
async function unlocked<T>(stack: Stack, { say }: UpOptions, run: () => Promise<T>): Promise<T> {
  const { ConcurrentUpdateError } = await import("@pulumi/pulumi/automation/index.js");
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ConcurrentUpdateError)) throw error;
    const locks = locksIn(error.message);
    const living = locks.filter((lock) => !isStale(lock, thisMachine));
    if (locks.length === 0 || living.length > 0)
      throw busy(
        stack.name,
        living.map((lock) => describeLock(lock, thisMachine)),
      );
    await stack.cancel();
    const holders = new Set(locks.map((lock) => describeLock(lock, thisMachine)));
    say(`Broke the lock of ${[...holders].join(", ")}: it is gone.`);
    return run();
  }
}

const busy = (stack: string, holders: readonly string[]): Trouble =>
  new Trouble(
    "busy",
    `Another up is at work on stack ${stack}${holders.length > 0 ? `: ${holders.join("; ")}` : ""}. Nothing was changed by this one.`,
    "Watch it with zd status --watch and type this again once it has ended. If you know that it is gone: pulumi cancel",
  );

/** The Automation API on the checkout's own program. */
export async function openStack({ folder, stack }: Project): Promise<Stack> {
  const { LocalWorkspace, Stack: StackOf } = await import("@pulumi/pulumi/automation/index.js");
  const workspace = await LocalWorkspace.create({ workDir: folder });
  // Selecting it would change the stack that a plain `pulumi` in this folder works on.
  workspace.selectStack = () => Promise.resolve();
  return StackOf.select(stack, workspace);
}

/** Without the marks that the engine writes for colours. */
export const plain = (text: string): string => text.replace(/<\{%[^%]*%\}>/g, "").trim();

/** Every `up` of the past, the oldest first. @throws {Trouble} where the backend does not answer */
export async function readHistory({ folder, stack }: Project): Promise<PastUp[]> {
  const { exitCode, stdout, stderr } = await pulumi(folder, ["stack", "history", "--json", "--stack", stack]);
  if (exitCode === 0) return historyOf(JSON.parse(stdout));
  throw new Trouble(
    "unreachable",
    `Cannot read the history of stack ${stack}: ${lastLine(stderr)}`,
    "pulumi stack ls tells whether the backend is the right one and can be reached.",
  );
}
