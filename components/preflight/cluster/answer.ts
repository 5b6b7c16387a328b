/** What the cluster has answered to a question, or why it was not. */
export type Answer<Value> = { readonly value: Value } | { readonly unasked: Unasked };

/** Why a question has no answer. */
export interface Unasked {
  /** What was asked for, as in `the nodes`. */
  readonly what: string;
  readonly why: string;
  /** The kubeconfig's login lacks the right; asking again does not help. */
  readonly isForbidden: boolean;
}

/** The value of an answer; undefined where there is none. */
export const valueOf = <Value>(answer: Answer<Value>): Value | undefined =>
  "value" in answer ? answer.value : undefined;

/** The values among answers. */
export const valuesIn = <Value>(answers: readonly Answer<Value>[]): Value[] =>
  answers.flatMap((answer) => ("value" in answer ? [answer.value] : []));

/** The questions among answers that have none. */
export const unaskedIn = (answers: readonly Answer<unknown>[]): Unasked[] =>
  answers.flatMap((answer) => ("unasked" in answer ? [answer.unasked] : []));

const MOST_NAMES = 5;

/**
 * What could not be asked, in few lines: one for all rights that are lacking, and one for each
 * other reason, as an API server that is down gives the same one to every question.
 */
export function unaskedLines(unasked: readonly Unasked[]): string[] {
  const reasonOf = ({ isForbidden, why }: Unasked) => (isForbidden ? RIGHTS : why);
  return Array.from(Map.groupBy(unasked, reasonOf), ([why, group]) => {
    const names = [...new Set(group.map(({ what }) => what))];
    const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
    return `The cluster could not be asked beforehand about ${names.slice(0, MOST_NAMES).join(", ")}${more}: ${why}.`;
  });
}

const RIGHTS = "the kubeconfig's login lacks the right";
