/** Something with a beginning and an end, milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The parts of a stage's time, in the order in which a moment is given to one of them: what is
 * under way at the same time counts for the first.
 */
export const PARTS = ["engine", "program", "end", "pods", "work", "start", "complete", "other"] as const;
export type Part = (typeof PARTS)[number];

/** Seconds by part; "between" are those in which nothing was under way that anybody has seen. */
export type Split = Readonly<Record<Part | "between", number>>;

/** Gives every moment of the whole to one part, so that the seconds of all add up to it. */
export function splitOf(whole: Span, spans: Readonly<Record<Part, readonly Span[]>>): Split {
  const seconds: Record<Part | "between", number> = {
    ...{ engine: 0, program: 0, end: 0, pods: 0, work: 0, start: 0, complete: 0, other: 0 },
    between: 0,
  };
  const within = (at: number) => at > whole.from && at < whole.to;
  const edges = Object.values(spans).flatMap((all) => all.flatMap(({ from, to }) => [from, to]));
  const moments = [whole.from, ...new Set(edges.filter(within)), whole.to].sort((one, two) => one - two);
  for (const [at, from] of moments.slice(0, -1).entries()) {
    const to = moments[at + 1] ?? from;
    const covers = (span: Span) => span.from <= from && span.to >= to;
    const part = PARTS.find((one) => spans[one].some(covers)) ?? "between";
    seconds[part] += (to - from) / 1000;
  }
  return seconds;
}
