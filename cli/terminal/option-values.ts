// Values of options that several commands take: how each is read from the command line.
import { InvalidArgumentError, Option } from "commander";
import { COLOURS } from "../../release/release.ts";

export const yesOption = (): Option =>
  new Option("-y, --yes", "do not ask before the stage that cannot be undone");

export const activeOption = (): Option =>
  new Option("--active <colour>", "where both colours are possible").choices(COLOURS);

export const weightOption = (): Option =>
  new Option("--weight <percent>", "the rung, in canary").argParser(percent);

/** Reads a whole number within these limits; what is none is refused with the rule. */
function wholeNumber(least: number, most: number, rule: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) throw new InvalidArgumentError(rule);
    return value;
  };
}

/** A whole number of at least 1. */
export const count = wholeNumber(1, Infinity, "must be a whole number of at least 1");

/** A major version of PostgreSQL that is supported. */
export const postgresMajor = wholeNumber(14, 18, "It must be 14, 15, 16, 17 or 18.");

const percent = wholeNumber(1, 99, "must be a whole number from 1 to 99");

/** `30d` or `12h`, in seconds. */
export function age(text: string): number {
  const [, value, unit] = /^(\d+)([dh])$/.exec(text) ?? [];
  if (value === undefined) throw new InvalidArgumentError("must be days or hours, such as 30d or 12h");
  return Number(value) * (unit === "d" ? 86_400 : 3_600);
}
