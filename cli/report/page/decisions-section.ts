import { html, type Html } from "./html.ts";
import type { ReportData } from "../report-data.ts";
import { unknownNote } from "./not-recorded.ts";
import { dayAndClock } from "./format.ts";

/** What was decided, by whom or what, and where that stands written. */
export function decisions({ decisions: all, kind }: ReportData): Html {
  return html`<section>
    <h2>Decisions, and who or what made them</h2>
    ${
      all.length === 0
        ? kind === "rehearsal"
          ? html`<p>None: the rehearsal goes through its stages whatever happens, until one fails.</p>`
          : unknownNote("decisions", "Neither Pulumi's history nor the verdict nor the entrance names any.")
        : html`<table class="cards">
            <thead>
              <tr>
                ${["when", "who or what", "decided", "reason", "recorded in"].map((name) => html`<th scope="col">${name}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${all.map(
                ({ at, who, what, reason, source }) =>
                  html`<tr>
                    <th scope="row" class="time">${dayAndClock(at)}</th>
                    <td data-name="who or what">${who}</td>
                    <td data-name="decided">${what}</td>
                    <td data-name="reason">${reason ?? "none recorded"}</td>
                    <td data-name="recorded in" class="muted">${source}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
  </section>`;
}
