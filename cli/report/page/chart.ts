import { parse, View, Warn } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Colour } from "../../../release/release.ts";
import { escaped, html, Html } from "./html.ts";

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
const [WIDTH, HEIGHT] = [360, 190];

const COLOUR: Readonly<Record<Colour, string>> = { blue: "var(--blue)", green: "var(--green)" };
const DASH: Readonly<Record<Colour, readonly number[]>> = { blue: [1, 0], green: [6, 2] };

/** The chart as SVG, its colours taken from the page's style sheet. Nothing is measured in a browser. */
export async function drawn(chart: Chart): Promise<Html> {
  const view = new View(parse(compile(spec(chart)).spec), { renderer: "none" }).logLevel(Warn);
  try {
    const svg = await view.toSVG();
    return new Html(named(svg, chart));
  } finally {
    view.finalize();
  }
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
              stroke-dasharray="${DASH[colour].join(" ")}"
            /></svg
          >${name}</span
        >`,
    )}
  </div>`;

function named(svg: string, { id, title, description }: Chart): string {
  const titles = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>`;
  return svg
    .replace(/^<svg/, `<svg role="img" aria-labelledby="${id}-title ${id}-desc"`)
    .replace(/>/, `>${titles}`);
}

function spec({ lines, marks, unit, isSteps }: Chart): TopLevelSpec {
  const values = lines.flatMap(({ name, points }) => points.map(({ at, value }) => ({ at, value, name })));
  const names = lines.map(({ name }) => name);
  const x = {
    field: "at",
    type: "temporal",
    scale: { type: "utc" },
    axis: {
      title: null,
      format: isShort(lines) ? "%H:%M:%S" : "%H:%M",
      labelOverlap: true,
      tickCount: isShort(lines) ? 4 : 5,
      grid: false,
    },
  } as const;
  const y = {
    field: "value",
    type: "quantitative",
    // Nothing but zeros, such as no failure at all, still needs a scale, or the axis is labelled 0.000000.
    scale: { zero: true, nice: true, ...(values.some(({ value }) => value) ? {} : { domainMax: 1 }) },
    axis: {
      title: unit,
      tickCount: 4,
      titleAngle: 0,
      titleAlign: "left",
      titleAnchor: "end",
      titleY: -10,
      titleX: -4,
    },
  } as const;
  const scale = { domain: names, range: lines.map(({ colour }) => COLOUR[colour]) };
  const dashes = { domain: names, range: lines.map(({ colour }) => [...DASH[colour]]) };
  const body = {
    mark: {
      type: "line",
      strokeWidth: 2,
      interpolate: isSteps ? "step-after" : "linear",
      invalid: "break-paths-show-path-domains",
    },
    encoding: {
      x,
      y,
      color: { field: "name", type: "nominal", scale, legend: null },
      strokeDash: { field: "name", type: "nominal", scale: dashes, legend: null },
    },
  } as const;
  return {
    width: WIDTH,
    height: HEIGHT,
    autosize: { type: "fit", contains: "padding" },
    padding: { left: 2, right: 8, top: 6, bottom: 2 },
    background: "transparent",
    data: { values },
    layer: [body, ...marked(marks)] as never,
    config: {
      aria: false,
      font: "system-ui, sans-serif",
      view: { stroke: null },
      axis: {
        labelColor: "var(--muted)",
        titleColor: "var(--muted)",
        titleFontWeight: "normal",
        domainColor: "var(--muted)",
        tickColor: "var(--line)",
        gridColor: "var(--line)",
        labelFontSize: 12,
        titleFontSize: 12,
      },
    },
  };
}

/** Where several of the axis' moments may lie in the same minute. */
function isShort(lines: readonly Line[]): boolean {
  const times = lines.flatMap(({ points }) => points.map(({ at }) => Date.parse(at)));
  return Math.max(...times) - Math.min(...times) < 10 * 60_000;
}

function marked(marks: readonly Mark[]): object[] {
  if (marks.length === 0) return [];
  const x = { field: "at", type: "temporal" };
  const of = (isGrave: boolean) => ({ values: marks.filter((mark) => mark.isGrave === isGrave) });
  const rule = (isGrave: boolean) => ({
    data: of(isGrave),
    mark: {
      type: "rule",
      color: isGrave ? "var(--bad)" : "var(--muted)",
      strokeWidth: isGrave ? 2 : 1,
      strokeDash: isGrave ? [1, 0] : [2, 3],
    },
    encoding: { x },
  });
  const word = {
    data: of(true),
    mark: {
      type: "text",
      align: "right",
      baseline: "bottom",
      dx: 4,
      y: -3,
      color: "var(--bad)",
      fontSize: 12,
      fontWeight: 600,
    },
    encoding: { x, text: { field: "label" } },
  };
  return [false, true]
    .filter((isGrave) => of(isGrave).values.length > 0)
    .flatMap((isGrave) => (isGrave ? [rule(true), word] : [rule(false)]));
}
