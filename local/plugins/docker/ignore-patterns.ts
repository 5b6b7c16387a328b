// The patterns of a .dockerignore file.

/** One line of an ignore file. */
export interface IgnorePattern {
  readonly expression: RegExp;
  /** True for patterns that start with `!`: what they match is not ignored after all. */
  readonly exception: boolean;
}

/** Reads the lines of an ignore file; comments and empty lines do not count. */
export function parseIgnoreFile(content: string): IgnorePattern[] {
  return content
    .replace(/^\uFEFF/, "")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const exception = line.startsWith("!");
      const pattern = clean(exception ? line.slice(1).trim() : line);
      return { expression: expressionOf(pattern), exception };
    });
}

function clean(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

// `**` stands for any number of folders, `*` and `?` never for a slash.
function expressionOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|\\.|[.+^${}()|\\/-]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.startsWith("[")) return token;
    return token.startsWith("\\") && token.length > 1 ? token : `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

/**
 * True when a path is ignored: the last pattern that matches it, or a folder that it lies
 * in, decides.
 */
export function isIgnored(path: string, patterns: readonly IgnorePattern[]): boolean {
  const parts = path.split("/");
  const candidates = parts.map((_part, i) => parts.slice(0, i + 1).join("/"));
  let ignored = false;
  for (const { expression, exception } of patterns) {
    if (candidates.some((candidate) => expression.test(candidate))) ignored = !exception;
  }
  return ignored;
}
