import { html, type Html } from "./html.ts";
import type { Edit, ReportData, ReportStage } from "../report-data.ts";
import { unknownNote } from "./not-recorded.ts";
import { duration, moment } from "./format.ts";

const TONE = { completed: "good", failed: "bad", "under way": "open" } as const;

/** The stages in order: when, how long, how they ended, and what was edited for each. */
export const timeline = ({ stages, kind }: ReportData): Html =>
  html`<section>
    <h2>Stages</h2>
    ${
      stages.length === 0
        ? unknownNote("stages", "Pulumi's history holds no up that entered one.")
        : html`<ol class="stages">
            ${stages.map(item)}
          </ol>`
    }
    ${
      kind === "release"
        ? html`<p class="muted">
            Each stage is one up; its time is that of the up, not of the wait that followed.
          </p>`
        : null
    }
  </section>`;

function item({ title, at, seconds, outcome, versions, commit, edits, notes }: ReportStage): Html {
  const told = [
    ...(versions === null ? [] : [html`${versions}`]),
    commit === null ? html`commit not recorded` : html`commit <code>${commit}</code>`,
  ];
  return html`<li class="${TONE[outcome]}">
    <h3>${title}</h3>
    <div class="when">
      ${moment(at)} · <span class="word ${TONE[outcome]}">${outcome}</span>
      ${seconds === null ? "" : `after ${duration(seconds)}`}
    </div>
    <div class="muted">${told.map((text, index) => html`${index === 0 ? "" : " · "}${text}`)}</div>
    ${
      edits.length + notes.length === 0
        ? null
        : html`<ul>
            ${edits.map(
              (edit) => html`<li>${editWords(edit)}</li>`,
            )}${notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
    }
  </li>`;
}

function editWords({ key, before, after }: Edit): Html {
  if (before === null) return html`<code>${key}</code> set to <code>${after ?? ""}</code>`;
  if (after === null) return html`<code>${key}</code> removed, was <code>${before}</code>`;
  return html`<code>${key}</code> from <code>${before}</code> to <code>${after}</code>`;
}
