import { COLOURS } from "../../../release/release.ts";
import { drawn, key, type Line } from "./chart.ts";
import { html, type Html } from "./html.ts";
import { graveMarks, sidesOf } from "../chart-marks.ts";
import type { ReportData, Share } from "../report-data.ts";
import { unknownNote } from "./not-recorded.ts";
import { dayAndClock, moment, sideWords } from "./format.ts";

/** Who had which part of the public traffic, and who wrote that. */
export function trafficShare(data: ReportData): Html {
  const { traffic } = data;
  return html`<section>
    <h2>Public traffic</h2>
    ${"unknown" in traffic ? unknownNote("who had the public traffic", traffic.unknown) : shown(data, traffic.found)}
  </section>`;
}

function shown(data: ReportData, shares: readonly Share[]): Html {
  const sides = sidesOf(data);
  const end = data.madeAt;
  const points = (colour: Line["colour"]) =>
    [...shares, ...shares.slice(-1).map((last) => ({ ...last, at: lastMoment(shares, end) }))].map(
      ({ at, percent }) => ({
        at,
        value: percent[colour] ?? 0,
      }),
    );
  const lines = sides.slice(-1).map((side) => ({
    name: sideWords(side),
    colour: side.colour,
    points: points(side.colour),
  }));
  const most = Math.max(...shares.map(({ percent }) => (data.new ? (percent[data.new.colour] ?? 0) : 0)));
  const svg =
    shares.length < 2 || lines.length === 0
      ? null
      : drawn({
          id: "traffic",
          title: "The new version's share of the public traffic",
          description: `From ${moment(shares[0]?.at ?? end)} on; ${data.new?.version ?? "the new version"} had at most ${most} %. The table that follows has every change.`,
          unit: "% of the traffic",
          lines,
          marks: graveMarks(data),
          isSteps: true,
        });
  return html`<div class="charts">
    ${
      svg === null
        ? null
        : html`<figure>
            ${key(lines)}${svg}
            <figcaption>
              Its share of the public traffic, as it was written at the entrance; the rest was the old
              version's.
            </figcaption>
          </figure>`
    }
    <div>${table(data, shares)}</div>
  </div>`;
}

/**
 * Some time after the last change, so that it can be seen, but not the whole week until
 * somebody asked.
 */
function lastMoment(shares: readonly Share[], end: string): string {
  const [first, last] = [Date.parse(shares.at(0)?.at ?? end), Date.parse(shares.at(-1)?.at ?? end)];
  return new Date(
    Math.min(Math.max(Date.parse(end), last), last + Math.max(60_000, (last - first) / 8)),
  ).toISOString();
}

function table(data: ReportData, shares: readonly Share[]): Html {
  const colours = COLOURS.filter((colour) => sidesOf(data).some((side) => side.colour === colour));
  const name = (colour: string) => {
    const side = sidesOf(data).find((one) => one.colour === colour);
    return side ? sideWords(side) : colour;
  };
  return html`<table class="cards">
    <caption>
      Changes of the public traffic
    </caption>
    <thead>
      <tr>
        <th scope="col">from</th>
        ${colours.map((colour) => html`<th scope="col" class="number">${name(colour)}</th>`)}
        <th scope="col">written by</th>
      </tr>
    </thead>
    <tbody>
      ${shares.map(
        ({ at, percent, by }) =>
          html`<tr>
            <th scope="row" class="time">${dayAndClock(at)}</th>
            ${colours.map((colour) => html`<td class="number" data-name="${name(colour)}">${percent[colour] ?? 0} %</td>`)}
            <td data-name="written by">${by}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
