import "./parser-memory.ts";
import { loadModule, parseSync, SqlError, type Node } from "libpg-query";
import { describeEffect, type Effect } from "./statement-effect.ts";
import { verbatim, type Sql } from "./sql.ts";

/** One statement of a migration's file, as PostgreSQL's grammar cuts it out. */
export interface ParsedStatement {
  readonly file: string;
  /** Line of its first word, from 1. */
  readonly line: number;
  /**
   * Bytes of the file before its first word; the places in its parse tree count from the
   * file's beginning.
   */
  readonly start: number;
  readonly sql: Sql;
  /** What it does, as far as this project needs to know. */
  readonly effect: Effect;
  /** PostgreSQL's own parse tree. */
  readonly tree: Node;
}

/** Must be awaited once before `parseStatements`. */
export const loadParser: () => Promise<void> = loadModule;

/** Splits a file into statements by PostgreSQL's own grammar; errors carry file and line. */
export function parseStatements(
  file: string,
  text: string,
): { readonly statements: readonly ParsedStatement[] } | { readonly errors: readonly string[] } {
  if (text.trim() === "") return { statements: [] };
  const bytes = Buffer.from(text);
  try {
    const statements = (parseSync(text).stmts ?? []).flatMap((raw) => {
      if (raw.stmt === undefined) return [];
      // The parser counts bytes, and the gap before a statement belongs to it.
      const start = raw.stmt_location ?? 0;
      const end = raw.stmt_len ? start + raw.stmt_len : bytes.length;
      const whole = bytes.subarray(start, end).toString();
      const gap = whole.slice(0, leadingGap(whole));
      const sql = verbatim(whole.slice(gap.length).trimEnd());
      const line = bytes.subarray(0, start).toString().concat(gap).split("\n").length;
      const first = start + Buffer.byteLength(gap);
      return [{ file, line, start: first, sql, effect: describeEffect(raw.stmt), tree: raw.stmt }];
    });
    return { statements };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const position = error.sqlDetails?.cursorPosition ?? 0;
    const line = [...text].slice(0, position).join("").split("\n").length;
    return { errors: [`${file}:${line}: ${error.message}`] };
  }
}

/** Length of the white space and comments in front of the first word. */
function leadingGap(text: string): number {
  let at = 0;
  for (;;) {
    const before = at;
    while (/\s/.test(text[at] ?? "")) at++;
    if (text.startsWith("--", at)) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end + 1;
    } else if (text.startsWith("/*", at)) {
      let depth = 0;
      do {
        if (text.startsWith("/*", at)) {
          depth++;
          at += 2;
        } else if (text.startsWith("*/", at)) {
          depth--;
          at += 2;
        } else at++;
      } while (depth > 0 && at < text.length);
    }
    if (at === before) return at;
  }
}
