import type { LintPart, PullRequestParts, StackPart } from "./comment-data.ts";

/** First line of the comment, invisible when rendered, by which the comment is found again. */
export const MARKER = "<!-- zero-downtime: preview -->";

/** No comment is about more stacks: their headings alone would fill it. */
export const MOST_STACKS = 20;

const SHORT_COMMIT = 12;

// Shares of the whole that each kind of text may take, whatever the diffs would need.
const REFUSAL_SHARE = 0.15;
const PLAN_SHARE = 0.3;
const LINT_SHARE = 0.2;

/**
 * The one comment of a pull request.
 *
 * @param limit characters that the host takes. The diffs are cut first; texts that are cut say so
 */
export function comment(parts: PullRequestParts, limit: number): string {
  const shares = sharesOf(limit, parts.stacks.length);
  const without = body(parts, { ...shares, diff: 0 }).length;
  const diff = Math.max(0, Math.floor((limit - without) / Math.max(1, parts.stacks.length)));
  return body(parts, { ...shares, diff });
}

/** Characters that one text of a kind may take, with its frame. */
interface Shares {
  readonly refusal: number;
  readonly plan: number;
  readonly lint: number;
  readonly diff: number;
}

const sharesOf = (limit: number, stacks: number): Omit<Shares, "diff"> => ({
  refusal: Math.floor((limit * REFUSAL_SHARE) / Math.max(1, stacks)),
  plan: Math.floor((limit * PLAN_SHARE) / Math.max(1, stacks)),
  lint: Math.floor(limit * LINT_SHARE),
});

function body({ stacks, lint, commit }: PullRequestParts, shares: Shares): string {
  return [
    MARKER,
    ...stacks.flatMap((part) => stackSection(part, shares)),
    ...lintSection(lint, shares),
    commit === null
      ? "<sub>Updated in place.</sub>"
      : `<sub>Of commit ${commit.slice(0, SHORT_COMMIT)}; updated in place.</sub>`,
  ].join("\n\n");
}

function stackSection(part: StackPart, shares: Shares): string[] {
  const { stack, plan, refusals } = part;
  const isRefusal = refusals.length > 0;
  return [
    `## ${isRefusal ? "Refused" : "Next stage"}: \`${stack}\``,
    ...(isRefusal
      ? [
          "An `up` would stop before it changes anything:",
          fenced(refusals.join("\n"), "text", shares.refusal, "the run's log has the rest"),
        ]
      : []),
    ...(plan.length > 0
      ? [
          ...(isRefusal || !isUnchanged(part) ? [] : ["Merging this changes no resource."]),
          fenced(plan.join("\n"), "text", shares.plan, "zd plan shows the rest"),
        ]
      : []),
    ...diffSection(part, shares.diff),
  ];
}

const isUnchanged = ({ changes }: StackPart): boolean =>
  Object.entries(changes).every(([what, count]) => what === "same" || count === 0);

function diffSection({ diff, changes }: StackPart, share: number): string[] {
  if (diff.trim() === "" || share === 0) return [];
  const open = `<details><summary>Resources: ${changesInWords(changes)}</summary>`;
  const close = "</details>";
  // Three blank lines between the four, and one before.
  const room = share - open.length - close.length - 8;
  const text = fenced(diff.trimEnd(), "diff", room, "the run's log has the whole diff");
  return text === "" ? [] : [open, text, close];
}

function changesInWords(changes: Readonly<Record<string, number>>): string {
  const words = Object.entries(changes)
    .filter(([what, count]) => what !== "same" && count > 0)
    .map(([what, count]) => `${count} to ${what}`);
  return words.length > 0 ? words.join(", ") : "none to change";
}

function lintSection({ lines, isBroken }: LintPart, shares: Shares): string[] {
  if (lines.length === 0) return [];
  return [
    `## Migrations${isBroken ? ": not safe" : ""}`,
    fenced(lines.join("\n"), "text", shares.lint, "zd lint shows the rest"),
  ];
}

/**
 * A block that nothing in the text can end, and in which nobody is mentioned. It takes at most
 * `room` characters, with its frame; if there is no room for a line and the note that it was cut,
 * it is empty.
 */
function fenced(text: string, language: string, room: number, rest: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const frame = 2 * fence.length + language.length + 2;
  const cut = cutTo(text, room - frame, rest);
  return cut === "" ? "" : `${fence}${language}\n${cut}\n${fence}`;
}

function cutTo(text: string, room: number, rest: string): string {
  if (text.length <= room) return text;
  const lines = text.split("\n");
  const note = (shown: number) => `… cut: ${shown} of ${lines.length} lines are shown; ${rest}`;
  const space = room - note(lines.length).length;
  let [shown, length] = [0, 0];
  for (const line of lines) {
    if (length + line.length + 1 > space) break;
    length += line.length + 1;
    shown += 1;
  }
  if (space < 0) return "";
  return [...lines.slice(0, shown), note(shown)].join("\n");
}
