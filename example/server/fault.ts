import { z } from "zod";

/** What a rehearsal makes go wrong on purpose; a real service has none of this. */
export interface Faults {
  /** Never becomes ready, and says so in its log. */
  readonly neverReady: boolean;
  /** Is ready, but answers 500 to everything except health and metrics. */
  readonly failSmoke: boolean;
  /** Exits with code 1, without draining, this many seconds after its start; 0 is at once. */
  readonly crashAfterSeconds?: number;
  /** Exits with code 1, without draining, when this many requests have arrived. */
  readonly crashAfterRequests?: number;
  /**
   * Exits with code 1, without draining, as soon as there is a file of this name, and again
   * whenever it is started.
   */
  readonly crashWhenFile?: string;
  /** Lets whoever asks for metrics wait for ever, for as long as there is a file of this name. */
  readonly hangMetricsWhenFile?: string;
  /**
   * Failing, slow and leaking answers begin when there is a file of this name: such a version
   * passes every test before its release.
   */
  readonly whenFile?: string;
  /** Kilobytes that every request leaves behind in memory. */
  readonly leakKilobytes: number;
  /** Share of requests answered 500, from 0 to 1. */
  readonly errorRate: number;
  /**
   * Repeats which requests fail, of those that a process is sent; without it they are drawn anew
   * each time.
   */
  readonly seed?: number;
  /** Milliseconds added to every answer. */
  readonly slowMilliseconds: number;
}

const FORM =
  'a comma-separated list of "never-ready", "fail-smoke", "crash-after:<n>s", "crash-after:<n>requests", "crash-when:<file>", "hang-metrics-when:<file>", "when:<file>", "error-rate:<0..1>", "seed:<integer>", "slow:<milliseconds>", "leak:<kilobytes>"';

/** Parses the environment variable FAULT; empty means none. */
export const faults = z.string().transform((text, context): Faults => {
  const found: { -readonly [Name in keyof Faults]: Faults[Name] } = {
    neverReady: false,
    failSmoke: false,
    leakKilobytes: 0,
    errorRate: 0,
    slowMilliseconds: 0,
  };
  for (const part of text.split(",").map((each) => each.trim())) {
    const [, name, number = "", unit = ""] = /^([a-z-]+)(?::([0-9.]+)([a-z]*))?$/.exec(part) ?? [];
    const value = Number(number);
    if (part === "") continue;
    else if (part === "never-ready") found.neverReady = true;
    else if (part === "fail-smoke") found.failSmoke = true;
    else if (part.startsWith("crash-when:/")) found.crashWhenFile = part.slice("crash-when:".length);
    else if (part.startsWith("hang-metrics-when:/"))
      found.hangMetricsWhenFile = part.slice("hang-metrics-when:".length);
    else if (part.startsWith("when:/")) found.whenFile = part.slice("when:".length);
    else if (name === "leak" && number && (!unit || unit === "kb")) found.leakKilobytes = value;
    else if (name === "crash-after" && number && unit === "s") found.crashAfterSeconds = value;
    else if (name === "crash-after" && number && unit === "requests") found.crashAfterRequests = value;
    else if (name === "error-rate" && number && !unit && value <= 1) found.errorRate = value;
    else if (name === "seed" && number && !unit && Number.isSafeInteger(value)) found.seed = value;
    else if (name === "slow" && number && (!unit || unit === "ms")) found.slowMilliseconds = value;
    else context.addIssue({ code: "custom", message: `Cannot read "${part}" as FAULT is ${FORM}` });
  }
  return found;
});
