import type { z } from "zod";

/** One SQL statement with its values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /**
   * Running it twice leaves the same rows as running it once, so that it may be sent again when its
   * answer was lost.
   */
  readonly idempotent: boolean;
}

/**
 * What differs between the versions of the address book: what a client may send, the statements,
 * what a row looks like as an answer.
 */
export interface Edition<Address, Row extends { readonly id: string }> {
  readonly version: string;
  /** What POST and PUT accept. */
  readonly address: z.ZodType<Address>;
  readonly create: (address: Address) => Statement;
  readonly read: (id: string) => Statement;
  readonly update: (id: string, address: Address) => Statement;
  /** At most `limit` addresses whose id is greater than `after`, in the order of their ids. */
  readonly list: (after: string, limit: number) => Statement;
  readonly answer: (row: Row) => Readonly<Record<string, unknown>>;
}
