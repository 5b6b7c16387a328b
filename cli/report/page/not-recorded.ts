import { html, type Html } from "./html.ts";

/** What stands where something would stand that was not recorded. */
export const unknownNote = (what: string, why: string): Html =>
  html`<p class="unknown"><span class="word open">Not recorded:</span> ${what}. ${why}</p>`;
