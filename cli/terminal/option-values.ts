// Values of options that several commands take: how each is read from the command line.
import { InvalidArgumentError, Option } from "commander";
import { COLOURS } from "../../release/release.ts";

export const yesOption = (): Option =>
  new Option("-y, --yes", "do not ask before the stage that cannot be undone");

export const activeOption = (): Option =>
  new Option("--active <colour>", "where both colours are possible").choices(COLOURS);

export const weightOption = (): Option =>
  new Option("--weight <percent>", "the rung, in canary").argParser(percent);

/** A whole number of at least 1. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("must be a whole number of at least 1");
  return value;
}

/** `30d` or `12h`, in seconds. */
export function age(text: string): number {
  const [, value, unit] = /^(\d+)([dh])$/.exec(text) ?? [];
  if (value === undefined) throw new InvalidArgumentError("must be days or hours, such as 30d or 12h");
  return Number(value) * (unit === "d" ? 86_400 : 3_600);
}

/** A major version of PostgreSQL that is supported. */
export function postgresMajor(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 14 || number > 18) {
    throw new InvalidArgumentError("It must be 14, 15, 16, 17 or 18.");
  }
  return number;
}

function percent(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 99)
    throw new InvalidArgumentError("must be a whole number from 1 to 99");
  return value;
}
