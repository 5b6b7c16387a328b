import type { ParsedStatement } from "../sql/parse-statements.ts";

/** A comment `-- allow <rule>: <reason>` directly above a statement. */
export interface Allowance {
  /** Of the comment, from 1. */
  readonly line: number;
  readonly rule: string;
  /** Empty when none was written. */
  readonly reason: string;
  /** Line of the statement that it stands above; null: none. */
  readonly statement: number | null;
}

const FORM = /^\s*--\s*allow\b\s*([\w-]*)\s*:?\s*(.*)$/;

/** The allowances of a file; nothing but comment lines may stand between one and its statement. */
export function allowances(text: string, statements: readonly ParsedStatement[]): readonly Allowance[] {
  const lines = text.split("\n");
  const firsts = new Set(statements.map(({ line }) => line));
  return lines.flatMap((content, index) => {
    const found = FORM.exec(content);
    if (found === null || isInside(index + 1, statements)) return [];
    let next = index + 1;
    while (lines[next]?.trim().startsWith("--")) next++;
    const [, rule = "", reason = ""] = found;
    return [
      { line: index + 1, rule, reason: reason.trim(), statement: firsts.has(next + 1) ? next + 1 : null },
    ];
  });
}

/** A line within a statement, such as one of a function's body, allows nothing. */
function isInside(line: number, statements: readonly ParsedStatement[]): boolean {
  return statements.some(
    (statement) => line > statement.line && line < statement.line + statement.sql.text.split("\n").length,
  );
}
