import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** All benchmarks write their figures here, each into a section of its own. */
export const BENCHMARKS = new URL("../../BENCHMARKS.md", import.meta.url);

const INTRODUCTION = `# Benchmarks

Every section is written by the script that it names.
`;

/**
 * Writes a section, from its heading to the next one of the same level, anew; the others stay as
 * they are.
 *
 * @param title the heading's text
 * @param body Markdown without headings of the second level
 */
export function writeSection(title: string, body: string, file: URL | string = BENCHMARKS): void {
  const text = existsSync(file) ? readFileSync(file, "utf8") : INTRODUCTION;
  writeFileSync(file, withSection(text, title, body));
}

/** The text with the section in its place, or at its end. */
export function withSection(text: string, title: string, body: string): string {
  const section = `## ${title}\n\n${body.trim()}\n`;
  const parts = text.split(/^(?=## )/m).map((part) => `${part.trimEnd()}\n`);
  const isSame = (part: string) => part.startsWith(`## ${title}\n`);
  const written = parts.some(isSame)
    ? parts.map((part) => (isSame(part) ? section : part))
    : [...parts, section];
  return written.join("\n");
}
