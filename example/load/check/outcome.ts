/** How a request travelled. */
export type ConnectionKind = "fresh" | "keptAlive";
export const CONNECTION_KINDS: readonly ConnectionKind[] = ["fresh", "keptAlive"];

/** Why there was no usable answer. */
export type FailureKind = "refused" | "reset" | "timeout" | "5xx" | "4xx" | "unreadable" | "other";

/** What was wrong with an answer that came. */
export type WrongKind =
  /** An acknowledged write is not there. */
  | "lost"
  /** The address is there, but not as it was last written. */
  | "changed"
  /** `street` is not `street_name` and `house_number` together. */
  | "disagreeing"
  /**
   * Not what the interface promises: another status, a field missing, ids out of order, no name of
   * version or colour.
   */
  | "malformed";

/**
 * What has become of one request. `good` covers slow answers too; which ones are slow is decided
 * where time is kept.
 */
export type Outcome =
  | { readonly result: "good"; readonly declined?: boolean }
  | { readonly result: "failed"; readonly kind: FailureKind; readonly detail: string }
  | { readonly result: "wrong"; readonly kind: WrongKind; readonly detail: string };

/** Who answered, by the headers of the answer. */
export interface Answerer {
  readonly version: string;
  readonly colour: string;
}
