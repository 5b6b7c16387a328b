import { html, type Html } from "./html.ts";
import type { ReportData, ReportSchema } from "../report-data.ts";
import { unknownNote } from "./not-recorded.ts";
import { dayAndClock, duration, moment, part, whole } from "./format.ts";

/** How far the schema came, as the ledger in the application's database says. */
export function schemaProgress({ schema }: ReportData): Html {
  return html`<section>
    <h2>Schema</h2>
    ${
      "unknown" in schema
        ? unknownNote("how far the schema came", schema.unknown)
        : schema.found === null
          ? html`<p>
              No ledger was found: there is no database, its login is not in the cluster, or no migration has
              begun.
            </p>`
          : shown(schema.found)
    }
  </section>`;
}

const shown = ({ migrations, walks, events }: ReportSchema): Html =>
  html`<ul>
      ${migrations.map(
        ({ id, state, at }) =>
          html`<li><code>${id}</code> is ${state}${at === null ? "" : `, since ${moment(at)}`}</li>`,
      )}
    </ul>
    ${
      walks.length === 0
        ? html`<p class="muted">No walk over a table is noted.</p>`
        : html`<table class="cards">
            <caption>
              Walks over tables: backfill and verification
            </caption>
            <thead>
              <tr>
                <th scope="col">walk</th>
                <th scope="col">migration</th>
                <th scope="col" class="number">rows</th>
                <th scope="col" class="number">of expected</th>
                <th scope="col" class="number">took</th>
                <th scope="col">last noted</th>
              </tr>
            </thead>
            <tbody>
              ${walks.map(
                ({ name, migration, rows, expected, seconds, at }) =>
                  html`<tr>
                    <th scope="row">${name}</th>
                    <td data-name="migration"><code>${migration}</code></td>
                    <td class="number" data-name="rows">${whole(rows)}</td>
                    <td class="number" data-name="of expected">
                      ${expected === null || expected === 0 ? "not known" : `${whole(expected)} (${part(Math.min(rows, expected), expected)})`}
                    </td>
                    <td class="number" data-name="took">
                      ${seconds === null ? "not known" : duration(seconds)}
                    </td>
                    <td data-name="last noted" class="time">${dayAndClock(at)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    ${
      events.length === 0
        ? null
        : html`<ul class="muted">
            ${events.map(
              ({ name, migration, at }) =>
                html`<li>${moment(at)}: ${name}${migration === null ? "" : ` ${migration}`}</li>`,
            )}
          </ul>`
    }`;
