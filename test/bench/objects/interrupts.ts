/** The same Ctrl-C reaches a process more than once where npm and others pass it on. */
const ONE_INTERRUPT_MILLISECONDS = 1_000;

/** What an interrupt does to work that has something to take away at its end. */
export interface Interrupts {
  /** @throws {Error} once there was one: called between two commands */
  readonly check: () => void;
  readonly happened: () => boolean;
}

/** From now on the first interrupt ends nothing by itself; the second one does. */
export function heedInterrupts(say: (line: string) => void): Interrupts {
  let at: number | undefined;
  const hear = () => {
    if (at !== undefined && Date.now() - at > ONE_INTERRUPT_MILLISECONDS) process.exit(130);
    if (at !== undefined) return;
    at = Date.now();
    say("Interrupted: what was made is taken away after the command under way. Once more ends at once.");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, hear);
  const happened = () => at !== undefined;
  return {
    happened,
    check: () => {
      if (happened()) throw new Error("Cannot measure on as there was an interrupt");
    },
  };
}
