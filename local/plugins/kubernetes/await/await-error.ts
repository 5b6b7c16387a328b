import { nameOf } from "../objects.ts";
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

export function timedOut(object: Properties, problems: readonly string[]): AwaitError {
  return new AwaitError(`'${nameOf(object)}' timed out waiting to be Ready`, object, problems);
}

export function cancelled(object: Properties, problems: readonly string[]): AwaitError {
  return new AwaitError(`Resource operation was cancelled for "${nameOf(object)}"`, object, problems);
}

export function notInitialised(object: Properties, problems: readonly string[]): AwaitError {
  return new AwaitError(
    `Resource '${nameOf(object)}' was created but failed to initialize`,
    object,
    problems,
  );
}
