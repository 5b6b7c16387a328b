import { enableCompileCache } from "node:module";
import { printablePainted } from "../release/printable.ts";
import { TOLD_BY_TERMINAL } from "./stack/interrupt.ts";
import { Trouble, EXIT_CODES } from "./cli-error.ts";
import { paint } from "./terminal/paint.ts";

// Loading the libraries takes longest; with the cache it takes a third of that.
enableCompileCache();
const { CommanderError } = await import("commander");
const { programOf } = await import("./program.ts");

const say = (line: string): void => {
  process.stdout.write(`${printablePainted(line)}\n`);
};

const stopping = new AbortController();
let interrupts = 0;
process.on("SIGINT", () => {
  interrupts += 1;
  if (interrupts > 1) process.exit(EXIT_CODES.interrupted);
  process.stderr.write(
    "\nStopping after what is under way; the stage can be repeated or left. Ctrl-C once more ends at once.\n",
  );
  stopping.abort(process.stdin.isTTY ? TOLD_BY_TERMINAL : undefined);
});
process.on("SIGTERM", () => stopping.abort());

// `zd status | head` closes the pipe early, and that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  const zd = await programOf({ say, signal: stopping.signal }, process.argv.slice(2));
  if (process.argv.length === 2) zd.outputHelp();
  else await zd.parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}

/** @returns the exit code */
function tell(error: unknown): number {
  // Help and version end this way too, with 0; commander has printed its own errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  if (!(error instanceof Trouble)) {
    process.stderr.write(
      `${paint("red", "zd broke:")} ${printablePainted(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
    );
    process.stderr.write("Nothing more was done. zd status shows what is true now.\n");
    return EXIT_CODES.failed;
  }
  process.stderr.write(
    `${printablePainted(error.message)}\n${error.advice === "" ? "" : `${paint("bold", "Next:")} ${error.advice}\n`}`,
  );
  return EXIT_CODES[error.ending];
}
