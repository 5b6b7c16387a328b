import { joined } from "../../release/traffic-history.ts";
import { COLOURS, type Colour } from "../../release/release.ts";
import type { Answers, Interval, ReportData } from "./report-data.ts";

/** What was answered from the begin of one stage to the begin of the next. */
export interface Span {
  readonly title: string;
  readonly from: string;
  readonly by: Readonly<Partial<Record<Colour, Answers>>>;
}

/** Sums a course up by stage. Quantiles cannot be summed up: the highest stays. */
export function spans({ stages }: ReportData, course: readonly Interval[]): Span[] {
  const begun = [{ title: "before the first stage", at: "" }, ...stages];
  return begun.flatMap(({ title, at }, index) => {
    const until = begun[index + 1]?.at;
    const own = course.filter(
      (interval) => interval.at > at && (until === undefined || interval.at <= until),
    );
    const first = own[0];
    return first ? [{ title, from: at === "" ? first.at : at, by: summed(own) }] : [];
  });
}

function summed(course: readonly Interval[]): Span["by"] {
  return Object.fromEntries(
    COLOURS.flatMap((colour) => {
      const all = course.flatMap(({ by }) => by[colour] ?? []);
      return all.length === 0 ? [] : [[colour, all.reduce((one, two) => joined(one, two))]];
    }),
  );
}

/** At most so many intervals: as many neighbours in one as it takes. */
export function thinned(course: readonly Interval[], most: number): Interval[] {
  const together = Math.ceil(course.length / most);
  const groups = Array.from({ length: Math.ceil(course.length / Math.max(1, together)) }, (_, at) =>
    course.slice(at * together, (at + 1) * together),
  );
  return groups.flatMap((group) => {
    const last = group.at(-1);
    const seconds = group.reduce((sum, interval) => sum + interval.seconds, 0);
    return last ? [{ at: last.at, seconds, by: summed(group) }] : [];
  });
}
