import { cores, mebibytes, percent, seconds } from "../../../release/judge/format.ts";
import { html, type Html } from "./html.ts";
import type { Judged, ReportData } from "../report-data.ts";
import { unknownNote } from "./not-recorded.ts";
import { duration, moment, watchedWords, whole } from "./format.ts";

const TONE = { pass: "good", fail: "bad", inconclusive: "open" } as const;

/** What the judge said of each rung, and by which figures. */
export function evidence({ judged }: ReportData): Html {
  return html`<section>
    <h2>The judge's evidence</h2>
    ${
      "unknown" in judged
        ? unknownNote("what the judge found", judged.unknown)
        : judged.found.length === 0
          ? unknownNote("what the judge found", "No stage of this release was under watch.")
          : html`${judged.found.map(stage)}
              <p class="muted">
                Evidence is what a fair bet against "the new version is no worse" has won: 1 is none; at the
                proof, a version that is no worse fails once in as many stages, however often one looks.
              </p>`
    }
  </section>`;
}

const stage = ({
  watched,
  verdict,
  sentence,
  since,
  seconds: under,
  allowed,
  findings,
  missing,
}: Judged): Html =>
  html`<h3>
      ${capital(watchedWords(watched))}:
      <span class="word ${TONE[verdict]}">${verdict}</span>
    </h3>
    <p>
      ${ended(sentence)} <span class="muted">Since ${moment(since)}, ${duration(under)} under watch.</span>
    </p>
    ${allowed === null ? null : html`<p><span class="word open">A person let it pass:</span> ${allowed}</p>`}
    ${missing.length === 0 ? null : html`<p class="muted">Missing for a pass: ${missing.join("; ")}.</p>`}
    ${findings.length === 0 ? null : table(findings)}`;

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const table = (findings: Judged["findings"]): Html =>
  html`<table class="cards">
    <thead>
      <tr>
        <th scope="col">measured</th>
        <th scope="col">verdict</th>
        <th scope="col" class="number">old version</th>
        <th scope="col" class="number">new version</th>
        <th scope="col" class="number">evidence / proof</th>
        <th scope="col">in words</th>
      </tr>
    </thead>
    <tbody>
      ${findings.map(
        ({ metric, verdict, sentence, baseline, candidate, evidence: won, proof }) =>
          html`<tr>
            <th scope="row">${metric}</th>
            <td data-name="verdict"><span class="word ${TONE[verdict]}">${verdict}</span></td>
            <td class="number" data-name="old version">${amount(metric, baseline)}</td>
            <td class="number" data-name="new version">${amount(metric, candidate)}</td>
            <td class="number" data-name="evidence / proof">
              ${won === null || proof === null ? "no bet" : `${bet(won)} / ${whole(proof)}`}
            </td>
            <td>${capital(sentence)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;

function bet(value: number): string {
  if (value >= 1e6) return `10^${Math.floor(Math.log10(value))}`;
  return value >= 10 ? whole(value) : value.toPrecision(2);
}

function amount(metric: string, value: number | null): string {
  if (value === null) return "–";
  switch (metric) {
    case "durations":
      return seconds(value);
    case "cpu":
      return cores(value);
    case "memory":
      return mebibytes(value);
    default:
      return percent(value);
  }
}
