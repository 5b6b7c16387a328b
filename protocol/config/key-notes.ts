/** What the reference says of a key of config besides its type, range and default. */
export interface Notes {
  readonly unit?: string;
  /** The rule for the value, where its type does not say it. */
  readonly rule?: string;
  /** What applies where the key is left out, if that is not a plain default. */
  readonly otherwise?: string;
}

/**
 * The metadata of a key: docs/configuration.md and Pulumi.yaml are written from it.
 *
 * @param description what it means, for people
 * @param example a value that config accepts
 */
export const about = (description: string, example: unknown, notes: Notes = {}) => ({
  description,
  example,
  ...notes,
});
