/**
 * Reason of an interrupt that the engine has had from the terminal as well, as Ctrl-C reaches all
 * that runs there.
 */
export const TOLD_BY_TERMINAL = Symbol("told by the terminal");

/**
 * Forwards an interrupt to the engine, unless the terminal already did: a second Ctrl-C would kill
 * it.
 */
export function forEngine(interrupt: AbortSignal): AbortSignal {
  const told = new AbortController();
  const tell = () => {
    if (interrupt.reason !== TOLD_BY_TERMINAL) told.abort(interrupt.reason);
  };
  if (interrupt.aborted) tell();
  else interrupt.addEventListener("abort", tell, { once: true });
  return told.signal;
}

/**
 * For commands that only look: nothing is under way that would have to be finished, so Ctrl-C ends
 * them at once.
 */
export function endAtOnceWhenInterrupted(): void {
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal);
}
