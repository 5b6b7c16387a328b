import { execa } from "execa";

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly limitMilliseconds?: number;
  /** In the words of the error, for example "create the bridge". */
  readonly purpose?: string;
}

const DEFAULT_LIMIT_MILLISECONDS = 60_000;
const SHOWN_OUTPUT_LINES = 25;

/**
 * Runs a command and answers its standard output.
 *
 * @throws {Error} with the end of its output, when it fails or takes too long (a minute
 *   by default).
 */
export async function command(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const limit = options.limitMilliseconds ?? DEFAULT_LIMIT_MILLISECONDS;
  const result = await execa(file, args, {
    reject: false,
    all: true,
    timeout: limit,
    maxBuffer: 64 * 1024 * 1024,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
  });
  if (!result.failed) return result.stdout;
  const purpose = options.purpose ?? `run "${[file, ...args].join(" ").slice(0, 200)}"`;
  const how = result.timedOut
    ? `it took more than ${limit / 1000} s`
    : result.exitCode === undefined
      ? (result.shortMessage ?? "it could not be started")
      : `it ended with ${result.exitCode}`;
  throw new Error(`Cannot ${purpose} as ${how}.${ending(result.all)}`);
}

/** Whether a command succeeds; for questions such as "is this rule there?". */
export async function succeeds(file: string, args: readonly string[]): Promise<boolean> {
  const result = await execa(file, args, {
    reject: false,
    stdio: "ignore",
    timeout: DEFAULT_LIMIT_MILLISECONDS,
  });
  return !result.failed;
}

function ending(output: string | undefined): string {
  const lines = (output ?? "").trim().split("\n").slice(-SHOWN_OUTPUT_LINES);
  const text = lines.join("\n").trim();
  return text === "" ? "" : ` It said:\n${text}`;
}
