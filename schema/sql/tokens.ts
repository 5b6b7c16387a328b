import { scanSync, type ScanToken } from "libpg-query";
import type { ParsedStatement } from "./parse-statements.ts";

/**
 * A statement as its author wrote it but for comments, cut into words by PostgreSQL's own lexer.
 */
export interface SourceWords {
  /** Their places count bytes from where the words begin. */
  readonly tokens: readonly ScanToken[];
  /**
   * What stands between two such places, or from one to the last word: without comments, as one at
   * the end of a line takes along whatever is put behind it.
   */
  readonly between: (from: number, to?: number) => string;
}

/**
 * @param location where the words begin, in bytes of the file, as parse trees tell it; the whole
 *   statement unless told
 */
export function sourceWords({ sql, start }: ParsedStatement, location = start): SourceWords {
  const bytes = Buffer.from(sql.text).subarray(Math.max(0, location - start));
  const scanned = scanSync(bytes.toString()).tokens;
  for (const comment of scanned.filter(isComment)) bytes.fill(" ", comment.start, comment.end);
  const tokens = scanned.filter((token) => !isComment(token));
  return { tokens, between: (from, to = tokens.at(-1)?.end) => bytes.subarray(from, to).toString() };
}

/** The place of a keyword among the words, given in capitals; -1 where it is not. */
export function placeOf({ tokens }: SourceWords, keyword: string): number {
  return tokens.findIndex(({ text }) => text.toUpperCase() === keyword);
}

const isComment = ({ tokenName }: ScanToken): boolean => ["SQL_COMMENT", "C_COMMENT"].includes(tokenName);
