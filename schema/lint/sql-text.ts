import { scanSync, type TypeName } from "libpg-query";
import { constantIn, listed, typeName } from "../sql/parse-tree.ts";
import type { ParsedStatement } from "../sql/parse-statements.ts";
import { placeOf, sourceWords } from "../sql/tokens.ts";

/** A name as people write it: quoted only where PostgreSQL would read it otherwise. */
export function name(identifier: string): string {
  const isPlain = /^[a-z_][a-z0-9_$]*$/.test(identifier) && !isKeyword(identifier);
  return isPlain ? identifier : `"${identifier.replaceAll('"', '""')}"`;
}

export function names(identifiers: readonly string[]): string {
  return identifiers.map(name).join(", ");
}

/** A name made of others, kept below PostgreSQL's 63 bytes. */
export function madeName(...parts: readonly string[]): string {
  return name(Buffer.from(parts.join("_")).subarray(0, 63).toString().replace(/�+$/, ""));
}

/** A type as people write it. */
export function typeWords(type: TypeName | undefined): string {
  const last = typeName(type);
  const path = listed(type?.names);
  const isBuiltIn = path[0] === "pg_catalog";
  const plain =
    isBuiltIn || path.length === 1 ? (PLAIN_TYPES[last] ?? (isBuiltIn ? last : name(last))) : names(path);
  const modifiers = (type?.typmods ?? []).flatMap((node) => constantIn(node)?.text ?? []);
  const limit = modifiers.length > 0 && last !== "interval" ? `(${modifiers.join(", ")})` : "";
  return `${plain}${limit}${(type?.arrayBounds ?? []).length > 0 ? "[]" : ""}`;
}

const PLAIN_TYPES: Readonly<Record<string, string>> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  float4: "real",
  float8: "double precision",
  bool: "boolean",
  bpchar: "char",
  smallserial: "smallint",
  serial2: "smallint",
  serial: "integer",
  serial4: "integer",
  bigserial: "bigint",
  serial8: "bigint",
};

/**
 * The words of a part of a statement as its author wrote them, up to the next comma or the end of
 * what it stands in.
 *
 * @param location where the part begins, in bytes of the file, as parse trees tell it
 * @param until keywords at which it ends as well, in capitals
 */
export function clause(
  statement: ParsedStatement,
  location: number | undefined,
  until: readonly string[] = [],
): string {
  const { tokens, between } = sourceWords(statement, location);
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(" || token.text === "[") depth++;
    if (token.text === ")" || token.text === "]") depth--;
    const isEnd =
      [",", ";"].includes(token.text) || (token.start > 0 && until.includes(token.text.toUpperCase()));
    if (depth < 0 || (depth === 0 && isEnd)) return between(0, token.start).trim();
  }
  return between(0).trim();
}

/** A whole statement with a semicolon. */
export function whole(statement: ParsedStatement): string {
  return `${sourceWords(statement).between(0)};`;
}

/** A statement with a word put in behind another, as CONCURRENTLY behind INDEX. */
export function withWord(statement: ParsedStatement, behind: string, word: string): string {
  const words = sourceWords(statement);
  const token = words.tokens[placeOf(words, behind)];
  if (token === undefined) return whole(statement);
  return `${words.between(0, token.end)} ${word}${words.between(token.end)};`;
}

function isKeyword(identifier: string): boolean {
  const [token] = scanSync(identifier).tokens;
  // 0 is no keyword, 1 one that may be a name anywhere.
  return (token?.keywordKind ?? 0) > 1;
}
