import { html, styleElement, type Html } from "./html.ts";
import { comparison } from "./comparison-section.ts";
import { decisions } from "./decisions-section.ts";
import { evidence } from "./evidence-section.ts";
import type { ReportData } from "../report-data.ts";
import { schemaProgress } from "./schema-section.ts";
import { storyOf, type Story } from "../summary.ts";
import { STYLE } from "./style.ts";
import { timeline } from "./timeline-section.ts";
import { trafficShare } from "./traffic-section.ts";
import { moment } from "./format.ts";

/**
 * A report as one HTML page that needs nothing else: no network, no script. It follows from the
 * data alone.
 *
 * @returns the whole document
 */
export function reportPage(data: ReportData): string {
  const story = storyOf(data);
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <link rel="icon" href="data:," />
        <title>${story.headline} – ${data.app}</title>
        ${styleElement(STYLE)}
      </head>
      <body>
        <header>
          <h1>${story.headline.replaceAll(" %", "\u00a0%")}</h1>
          <p class="muted">
            ${data.kind === "rehearsal" ? "Rehearsal" : "Release"} of ${data.app}, stack ${data.stack};
            reported ${moment(data.madeAt)}. All times are UTC.
          </p>
        </header>
        <main>
          ${told(story)} ${trafficShare(data)} ${comparison(data)} ${evidence(data)} ${timeline(data)}
          ${decisions(data)} ${schemaProgress(data)}
        </main>
        <footer>
          Written by ${data.kind === "rehearsal" ? "npm run rehearse" : "zd report"} from what was recorded;
          what was not is named where it would have been.
          ${data.kind === "rehearsal" ? null : "The same as data: zd report --json."}
        </footer>
      </body>
    </html>`;
  return `${body.text.trim()}\n`;
}

const told = ({ tone, parts }: Story): Html =>
  html`<section class="story ${tone}" aria-label="In short">
    <dl>
      ${parts.map(
        ({ question, sentences }) =>
          html`<dt>${question}</dt>
            <dd>${sentences.map((sentence) => html`<p>${sentence}</p>`)}</dd>`,
      )}
    </dl>
  </section>`;
