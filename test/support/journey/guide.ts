import { readFileSync } from "node:fs";

/** A part of a guide that its readers type. */
export interface GuideSection {
  readonly title: string;
  readonly steps: readonly GuideStep[];
}

/** What is typed at one go. */
export interface GuideStep {
  readonly commands: string;
  /** Lines that the reader is told to see then. */
  readonly expected: readonly string[];
}

/** The sections of a guide that have commands, in order. */
export function sectionsOf(file: string): GuideSection[] {
  return readFileSync(file, "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => ({ title: section.split("\n")[0] ?? "", steps: stepsIn(section) }))
    .filter(({ steps }) => steps.length > 0);
}

/** Its `sh` blocks, each with the `text` blocks that follow it. */
function stepsIn(section: string): GuideStep[] {
  const steps: { commands: string; expected: string[] }[] = [];
  for (const [, language, text = ""] of section.matchAll(/^```(sh|text)\n(.*?)\n```$/gms)) {
    if (language === "sh") steps.push({ commands: text, expected: [] });
    else steps.at(-1)?.expected.push(...text.split("\n"));
  }
  return steps;
}

/** Names of the variables that a block of exports sets. */
export const variablesIn = (commands: string): string[] =>
  commands
    .split("\n")
    .filter((line) => line.startsWith("export "))
    .flatMap((line) =>
      [...(line.split(" #")[0] ?? "").matchAll(/ ([A-Z_0-9]+)=/g)].map(([, name]) => name ?? ""),
    );
