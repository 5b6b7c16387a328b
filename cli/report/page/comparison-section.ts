import type { Colour } from "../../../release/release.ts";
import { drawn, key, type Line } from "./chart.ts";
import { html, type Html } from "./html.ts";
import { graveMarks, sidesOf, stageMarks } from "../chart-marks.ts";
import type { Answers, Interval, ReportData } from "../report-data.ts";
import { spans, type Span } from "../stage-totals.ts";
import { unknownNote } from "./not-recorded.ts";
import { clock, moment, part, quick, sideWords, whole } from "./format.ts";

interface Measure {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly value: (answers: Answers, seconds: number) => number | null;
}

/** A quantile above which no request lies is another name for the slowest one. */
function held(answers: Answers): Answers {
  const at = (share: number, value: number | null) => (answers.requests * (1 - share) >= 1 ? value : null);
  const { p50, p95, p99 } = answers;
  return { ...answers, p50: at(0.5, p50), p95: at(0.95, p95), p99: at(0.99, p99) };
}

const MILLISECONDS = 1000;
const milliseconds = (seconds: number | null) => (seconds === null ? null : seconds * MILLISECONDS);

const MEASURES: readonly Measure[] = [
  {
    id: "failures",
    title: "Failed requests",
    unit: "% of the version's requests",
    value: ({ requests, failures }) => (requests === 0 ? null : (100 * failures) / requests),
  },
  {
    id: "requests",
    title: "Requests answered",
    unit: "per second",
    value: ({ requests }, seconds) => (seconds === 0 ? null : requests / seconds),
  },
  {
    id: "p50",
    title: "Half of the requests took at most",
    unit: "ms",
    value: ({ p50 }) => milliseconds(p50),
  },
  {
    id: "p95",
    title: "95 % of the requests took at most",
    unit: "ms",
    value: ({ p95 }) => milliseconds(p95),
  },
  {
    id: "p99",
    title: "99 % of the requests took at most",
    unit: "ms",
    value: ({ p99 }) => milliseconds(p99),
  },
];

/** Failures and durations of both versions, side by side over time. */
export function comparison(data: ReportData): Html {
  const { course, totals } = data;
  return html`<section>
    <h2>Failures and durations of both versions</h2>
    ${
      "unknown" in course
        ? html`${unknownNote("requests, failures and durations over time", course.unknown)}
          ${"found" in totals ? inSum(data) : null}`
        : shown(data, course.found)
    }
  </section>`;
}

function shown(data: ReportData, course: readonly Interval[]): Html {
  const intervals = course.map(({ by, ...rest }) => ({
    ...rest,
    by: Object.fromEntries(Object.entries(by).map(([colour, answers]) => [colour, held(answers)])),
  }));
  const window = aroundFailure(data, intervals);
  const figures = MEASURES.map((measure) => figure(data, window, measure));
  const longest = Math.max(...window.map(({ seconds }) => seconds));
  return html`<div class="charts">${figures}</div>
    <p class="muted">
      ${window.length < intervals.length ? "The charts show the time around the failure, the table all of it. " : ""}Each
      point is an interval of at most ${quick(longest)}. Dotted lines: a stage
      begins${data.failed ? "; the full line: the judge says fail" : ""}. Durations of so few requests that
      none is slower are left out.
    </p>
    ${table(data, spans(data, intervals))}`;
}

/** After long rungs that went well, the minute that did not would be a line too thin to see. */
function aroundFailure({ failed, stages }: ReportData, course: readonly Interval[]): readonly Interval[] {
  const begun = failed && stages.findLast(({ at }) => at < failed.at);
  if (!begun) return course;
  const from = Date.parse(begun.at) - 2 * Math.max(60_000, Date.parse(failed.at) - Date.parse(begun.at));
  return course.filter(({ at }) => Date.parse(at) >= from);
}

function figure(data: ReportData, course: readonly Interval[], measure: Measure): Html | null {
  const lines = sidesOf(data).map((side) => lineOf(side.colour, sideWords(side), course, measure));
  const known = lines.filter(({ points }) => points.some(({ value }) => value !== null));
  if (known.length === 0) return null;
  const [first, last] = [course.at(0)?.at ?? data.madeAt, course.at(-1)?.at ?? data.madeAt];
  const isWithin = ({ at }: { readonly at: string }) => at >= first && at <= last;
  const svg = drawn({
    id: measure.id,
    title: `${measure.title}, ${measure.unit}`,
    description: `${known.map(extent).join(" ")} From ${moment(first)} to ${moment(last)}; the table below has the figures by stage.`,
    unit: measure.unit,
    lines: known,
    marks: [...stageMarks(data), ...graveMarks(data)].filter(isWithin),
  });
  return html`<figure>
    <h3>${measure.title}</h3>
    ${key(known)}${svg}
  </figure>`;
}

/** Two digits are all that a line shows. */
const lineOf = (colour: Colour, name: string, course: readonly Interval[], { value }: Measure): Line => ({
  name,
  colour,
  points: course.map(({ at, seconds, by }) => {
    const answers = by[colour];
    const found = answers ? value(answers, seconds) : null;
    return { at, value: found === null ? null : Number(found.toPrecision(3)) };
  }),
});

function extent({ name, points }: Line): string {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  return `${name}: from ${Math.min(...values)} to ${Math.max(...values)}.`;
}

const table = (data: ReportData, rows: readonly Span[]): Html =>
  html`<table class="cards">
    <caption>
      The same by stage; of quantiles, the highest interval's
    </caption>
    <thead>
      <tr>
        <th scope="col">stage</th>
        <th scope="col">version</th>
        ${["requests", "failed", "50 % within", "95 % within", "99 % within"].map((name) => html`<th scope="col" class="number">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.flatMap(({ title, from, by }) =>
        sidesOf(data).flatMap((side) => {
          const answers = by[side.colour];
          return answers
            ? [
                html`<tr>
                  <th scope="row">${title} <span class="muted">${clock(from)}</span></th>
                  <td data-name="version">${sideWords(side)}</td>
                  ${cells(answers)}
                </tr>`,
              ]
            : [];
        }),
      )}
    </tbody>
  </table>`;

const cells = ({ requests, failures, p50, p95, p99 }: Answers): Html[] => [
  html`<td class="number" data-name="requests">${whole(requests)}</td>`,
  html`<td class="number" data-name="failed">${whole(failures)} (${part(failures, requests)})</td>`,
  ...(
    [
      ["50 % within", p50],
      ["95 % within", p95],
      ["99 % within", p99],
    ] as const
  ).map(
    ([name, value]) =>
      html`<td class="number${value === null ? " empty" : ""}" data-name="${name}">${quick(value)}</td>`,
  ),
];

function inSum(data: ReportData): Html | null {
  if ("unknown" in data.totals) return null;
  const { scope, by } = data.totals.found;
  return html`<table>
    <caption>
      In sum, ${scope}
    </caption>
    <thead>
      <tr>
        <th scope="col">version</th>
        <th scope="col" class="number">requests</th>
        <th scope="col" class="number">failed</th>
      </tr>
    </thead>
    <tbody>
      ${sidesOf(data).map((side) => {
        const found = by[side.colour];
        return html`<tr>
          <th scope="row">${sideWords(side)}</th>
          <td class="number">${found ? whole(found.requests) : "not counted"}</td>
          <td class="number">
            ${found ? `${whole(found.failures)} (${part(found.failures, found.requests)})` : "–"}
          </td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
