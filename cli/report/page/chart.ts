import type { Colour } from "../../../release/release.ts";
import { html, Html } from "./html.ts";
import { timeTicks, valueTicks, type Tick } from "./ticks.ts";

/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly colour: Colour;
  readonly points: readonly { readonly at: string; readonly value: number | null }[];
}

/** Something that happened, drawn as an upright line with a word at its head. */
export interface Mark {
  readonly at: string;
  readonly label: string;
  readonly isGrave: boolean;
}

export interface Chart {
  /** Part of the ids inside of the page. */
  readonly id: string;
  readonly title: string;
  /** For those who cannot see it: what it shows, and what stands out. */
  readonly description: string;
  /** Of the values, at the axis. */
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly marks: readonly Mark[];
  /** Values hold until the next one. */
  readonly isSteps?: boolean;
}

/** Drawn for a phone's width, so that letters are never made much smaller than they are. */
const [WIDTH, HEIGHT, LETTERS] = [360, 190, 12];
/**
 * Around the plot: the unit and the words of marks above it, moments below it, values to the left.
 */
const [ABOVE, BELOW, BESIDE] = [34, 22, 10];
const LETTER_WIDTH = 7;
const SHAPE = new Html(`viewBox="0 0 ${WIDTH} ${HEIGHT}" font-size="${LETTERS}"`);

const COLOUR: Readonly<Record<Colour, string>> = { blue: "var(--blue)", green: "var(--green)" };
const DASH: Readonly<Record<Colour, string>> = { blue: "1 0", green: "6 2" };

/**
 * The chart as SVG, its colours taken from the page's style sheet. Nothing is measured in
 * a browser.
 */
export function drawn(chart: Chart): Html {
  const { id, title, description, unit, lines, marks } = chart;
  const plot = plotOf(chart);
  const titles = [
    html`<title id="${id}-title">${title}</title>`,
    html`<desc id="${id}-desc">${description}</desc>`,
  ];
  const unitText = html`<text x="0" y="${LETTERS}">${unit}</text>`;
  return html`<svg role="img" aria-labelledby="${id}-title ${id}-desc" ${SHAPE}>
    ${titles}
    <g fill="var(--muted)">${unitText}${valueAxis(plot)}${timeAxis(plot)}</g>
    ${marks.toSorted((one, other) => Number(one.isGrave) - Number(other.isGrave)).map((mark) => markOf(mark, plot))}
    <g class="mark-line" fill="none" stroke-width="2">
      ${lines.map((line) => lineOf(line, plot, chart.isSteps === true))}
    </g>
  </svg>`;
}

/** What each line means, with its colour and dashes. */
export const key = (lines: readonly Line[]): Html =>
  html`<div class="key">
    ${lines.map(
      ({ name, colour }) =>
        html`<span
          ><svg viewBox="0 0 35 11" aria-hidden="true">
            <line
              x1="0"
              y1="5.5"
              x2="35"
              y2="5.5"
              stroke="${COLOUR[colour]}"
              stroke-width="3"
              stroke-dasharray="${DASH[colour]}"
            /></svg
          >${name}</span
        >`,
    )}
  </div>`;

/** Where values and moments are drawn. */
interface Plot {
  readonly left: number;
  readonly bottom: number;
  readonly values: readonly Tick[];
  readonly moments: readonly Tick[];
  readonly x: (moment: number) => number;
  readonly y: (value: number) => number;
}

function plotOf({ lines, marks }: Chart): Plot {
  const points = lines.flatMap((line) => line.points);
  const times = [...points, ...marks].map(({ at }) => Date.parse(at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const values = valueTicks(Math.max(0, ...points.map(({ value }) => value ?? 0)), 4);
  const left = Math.max(...values.map(({ label }) => label.length)) * LETTER_WIDTH + 8;
  const [right, bottom] = [WIDTH - BESIDE, HEIGHT - BELOW];
  const top = values.at(-1)?.at ?? 1;
  return {
    left,
    bottom,
    values,
    moments: timeTicks(from, to, 5),
    x: (moment) => rounded(left + ((right - left) * (moment - from)) / Math.max(1, to - from)),
    y: (value) => rounded(bottom - ((bottom - ABOVE) * value) / top),
  };
}

/** A tenth of a pixel is more than anybody sees. */
const rounded = (pixels: number): number => Math.round(pixels * 10) / 10;

const valueAxis = ({ left, values, y }: Plot): Html[] =>
  values.map(
    ({ at, label }) =>
      html`<path d="M${left} ${y(at)}H${WIDTH - BESIDE}" stroke="var(--line)" /><text
          x="${left - 6}"
          y="${y(at) + 4}"
          text-anchor="end"
          >${label}</text
        >`,
  );

const timeAxis = ({ left, bottom, moments, x }: Plot): Html[] => [
  html`<path d="M${left} ${bottom}H${WIDTH - BESIDE}" stroke="var(--muted)" />`,
  ...moments.map(({ at, label }) => {
    // A label at the edge stays inside.
    const half = (label.length * LETTER_WIDTH) / 2;
    const middle = rounded(Math.min(x(at), WIDTH - half));
    return html`<path d="M${x(at)} ${bottom}v4" stroke="var(--muted)" /><text
        x="${middle}"
        y="${HEIGHT - 4}"
        text-anchor="middle"
        >${label}</text
      >`;
  }),
];

function markOf({ at, label, isGrave }: Mark, { bottom, x }: Plot): Html {
  const place = x(Date.parse(at));
  const path = `M${place} ${ABOVE}V${bottom}`;
  if (!isGrave) return html`<path d="${path}" stroke="var(--muted)" stroke-dasharray="2 3" />`;
  const anchor = place > WIDTH / 2 ? "end" : "start";
  return html`<path d="${path}" stroke="var(--bad)" stroke-width="2" /><text
      x="${place}"
      y="${ABOVE - 5}"
      text-anchor="${anchor}"
      fill="var(--bad)"
      font-weight="600"
      >${label}</text
    >`;
}

/** A line that has gaps where nothing is known, and a dot where only one value is. */
function lineOf({ colour, points }: Line, { x, y }: Plot, isSteps: boolean): Html {
  const isKnown = (index: number) => (points[index]?.value ?? null) !== null;
  const parts = points.map(({ at, value }, index) => {
    if (value === null) return { path: "", dot: null };
    const place = { x: x(Date.parse(at)), y: y(value) };
    if (isKnown(index - 1))
      return { path: isSteps ? `H${place.x}V${place.y}` : `L${place.x} ${place.y}`, dot: null };
    return { path: `M${place.x} ${place.y}`, dot: isKnown(index + 1) ? null : place };
  });
  const dots = parts.flatMap(({ dot }) => dot ?? []);
  return html`<path
      d="${parts.map(({ path }) => path).join("")}"
      stroke="${COLOUR[colour]}"
      stroke-dasharray="${DASH[colour]}"
    />
    ${dots.map((dot) => html`<circle cx="${dot.x}" cy="${dot.y}" r="2" fill="${COLOUR[colour]}" />`)}`;
}
