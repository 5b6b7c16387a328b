import { readFileSync } from "node:fs";

/** A part of a guide that its readers type. */
export interface GuideSection {
  readonly title: string;
  /** Its `sh` blocks, one after the other. */
  readonly commands: string;
  /** Lines of its `text` blocks: what the reader is told to see. */
  readonly expected: readonly string[];
}

/** The sections of a guide that have commands, in order. */
export function sectionsOf(file: string): GuideSection[] {
  return readFileSync(file, "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      title: section.split("\n")[0] ?? "",
      commands: blocks(section, "sh").join("\n"),
      expected: blocks(section, "text").flatMap((block) => block.split("\n")),
    }))
    .filter(({ commands }) => commands !== "");
}

const blocks = (section: string, language: string): string[] =>
  [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)\n\`\`\`$`, "gms"))].map(
    ([, text]) => text ?? "",
  );

/** Names of the variables that a block of exports sets. */
export const variablesIn = (commands: string): string[] =>
  commands
    .split("\n")
    .filter((line) => line.startsWith("export "))
    .flatMap((line) =>
      [...(line.split(" #")[0] ?? "").matchAll(/ ([A-Z_0-9]+)=/g)].map(([, name]) => name ?? ""),
    );
