import { globSync } from "node:fs";
import { basename } from "node:path";
import type { Group } from "./groups.ts";

export const needsEnvironment = (group: Group): boolean =>
  "files" in group && group.needsEnvironment === true;

const isAlone = (group: Group): boolean => "files" in group && group.alone === true;

/**
 * Groups as they come, in parts that run at one time: side by side, or one that bears nothing
 * beside it.
 */
export function inParts(groups: readonly Group[]): Group[][] {
  const parts: Group[][] = [];
  for (const group of groups) {
    const last = parts.at(-1);
    if (last?.[0] && !isAlone(last[0]) && !isAlone(group)) last.push(group);
    else parts.push([group]);
  }
  return parts;
}

/**
 * The files of a group that needs the environment as groups of their own, the longest first, so
 * that a long one holds nothing up but itself. Another group is left as it is.
 */
export function byFile(group: Group, filesOf = (pattern: string) => globSync(pattern)): Group[] {
  if (!("files" in group) || !needsEnvironment(group)) return [group];
  const { longestFirst = [], name } = group;
  const place = (file: string) => longestFirst.findIndex((start) => basename(file).startsWith(`${start}.`));
  const files = [...filesOf(group.files)].sort(
    (one, two) => place(one) - place(two) || one.localeCompare(two),
  );
  // Without a file it stays as it is, and fails as such.
  if (files.length === 0) return [group];
  return files.map((file) => ({ ...group, name: `${name}: ${basename(file, ".ts")}`, files: file }));
}

/** How long a group has taken. */
export interface Duration {
  readonly name: string;
  readonly seconds: number;
}

/** How many groups are told of at the end. */
const TOLD = 10;

/** A table of what has taken longest. */
export function slowest(durations: readonly Duration[]): string[] {
  const all = durations.reduce((sum, { seconds }) => sum + seconds, 0);
  const told = [...durations].sort((one, two) => two.seconds - one.seconds).slice(0, TOLD);
  return [
    `The slowest of ${durations.length} groups, which took ${all.toFixed(0)} s together:`,
    ...told.map(({ name, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${name}`),
  ];
}
