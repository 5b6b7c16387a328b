import type { Properties } from "./values.ts";

/**
 * The resource exists, but is not what was asked for (yet): the engine records its state together
 * with the reasons, starts nothing that depends on it, and updates it again at the next `up`.
 */
export class InitialisationFailure extends Error {
  readonly id: string;
  readonly properties: Properties;
  readonly reasons: readonly string[];
  readonly inputs: Properties | undefined;

  constructor(
    message: string,
    state: { id: string; properties: Properties; reasons: readonly string[]; inputs?: Properties },
  ) {
    super(message);
    this.id = state.id;
    this.properties = state.properties;
    this.reasons = state.reasons;
    this.inputs = state.inputs;
  }
}
