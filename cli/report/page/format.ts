import { percent as share, seconds as lasting } from "../../../release/judge/format.ts";

/** "2026-11-22 14:03:05 UTC". */
export const moment = (at: string): string => `${at.slice(0, 19).replace("T", " ")} UTC`;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "22 Nov 14:03:05", for tables. */
export const dayAndClock = (at: string): string =>
  `${Number(at.slice(8, 10))} ${MONTHS[Number(at.slice(5, 7)) - 1] ?? ""} ${clock(at)}`;

/** "14:03:05". */
export const clock = (at: string): string => at.slice(11, 19);

/** "45 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours === 0) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}

export const secondsBetween = (from: string, to: string): number =>
  Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);

/** "12,345". */
export const whole = (count: number): string => Math.round(count).toLocaleString("en-GB");

/** A part of a whole in percent; a dash where there was nothing. */
export const part = (some: number, all: number): string => (all === 0 ? "–" : share(some / all));

export const quick = (seconds: number | null): string => (seconds === null ? "–" : lasting(seconds));

export const watchedWords = (watched: number | "switch"): string =>
  watched === "switch" ? "in switch" : `at ${watched} % of the traffic`;

/** "2.0.0 (green)". */
export const sideWords = ({
  version,
  colour,
}: {
  readonly version: string;
  readonly colour: string;
}): string => `${version} (${colour})`;
