import * as os from "node:os";
import * as path from "node:path";

/** Where the environment keeps its things; all of it outside the checkout. */
export interface Folders {
  /** Built and fetched once, under names that hold versions. */
  readonly cache: string;
  /** State of the running environment; removed by `down`. */
  readonly run: string;
  readonly logs: string;
  readonly pids: string;
}

export const checkout = path.dirname(import.meta.dirname);

/** The folders under `$ZERO_DOWNTIME_CACHE`, by default `~/.cache/zero-downtime`. */
export function folders(cache = process.env["ZERO_DOWNTIME_CACHE"] ?? defaultCache()): Folders {
  const absolute = path.resolve(cache);
  const run = path.join(absolute, "run");
  return { cache: absolute, run, logs: path.join(run, "logs"), pids: path.join(run, "pids") };
}

function defaultCache(): string {
  return path.join(os.homedir(), ".cache", "zero-downtime");
}
