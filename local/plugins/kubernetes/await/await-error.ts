import { nameOf } from "../objects/objects.ts";
import type { Properties } from "../../protocol/values.ts";

/** The object exists but did not become what was waited for. */
export class AwaitError extends Error {
  readonly object: Properties;
  readonly problems: readonly string[];

  constructor(message: string, object: Properties, problems: readonly string[]) {
    super(message);
    this.object = object;
    this.problems = problems;
  }
}

/** The time is over. */
export function timedOut(object: Properties, problems: readonly string[]): AwaitError {
  return new AwaitError(`'${nameOf(object)}' timed out waiting to be Ready`, object, problems);
}

/** The user wants no more waiting. */
export function cancelled(object: Properties, problems: readonly string[]): AwaitError {
  return new AwaitError(`Resource operation was cancelled for "${nameOf(object)}"`, object, problems);
}

/** It has failed, or is not ready where there is no time to wait. */
export function notInitialised(object: Properties, problems: readonly string[]): AwaitError {
  return new AwaitError(
    `Resource '${nameOf(object)}' was created but failed to initialize`,
    object,
    problems,
  );
}
