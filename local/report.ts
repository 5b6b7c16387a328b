/** Where the environment tells people what it does. */
export interface Report {
  /** One line. */
  say(line: string): void;
  /** One line for a step, with its elapsed time: while it runs on a terminal, and at its end. */
  step<T>(title: string, action: () => Promise<T>): Promise<T>;
}

/** Seconds as people read them: `0.4 s`, `12 s`, `3 min 05 s`. */
export function elapsed(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

const TICK_MILLISECONDS = 1000;
const REMINDER_MILLISECONDS = 30_000;

/** Reports on a stream; without a terminal a long step reminds of itself every half minute. */
export function streamReport(stream: NodeJS.WriteStream = process.stderr): Report {
  const live = stream.isTTY === true;
  return {
    say: (line) => {
      stream.write(`${line}\n`);
    },
    step: async (title, action) => {
      const started = Date.now();
      const passed = () => elapsed(Date.now() - started);
      const rewrite = (text: string) => stream.write(`\r\u001b[2K${text}`);
      const ticker = setInterval(
        () => (live ? rewrite(`  ${title} … ${passed()}`) : stream.write(`  ${title} … ${passed()}\n`)),
        live ? TICK_MILLISECONDS : REMINDER_MILLISECONDS,
      );
      if (live) rewrite(`  ${title} …`);
      try {
        const result = await action();
        if (live) rewrite("");
        stream.write(`  ${title}: ${passed()}\n`);
        return result;
      } catch (error) {
        if (live) rewrite("");
        stream.write(`  ${title}: failed after ${passed()}\n`);
        throw error;
      } finally {
        clearInterval(ticker);
      }
    },
  };
}

/** Says nothing; for tests and for callers with a display of their own. */
export const silentReport: Report = { say: () => undefined, step: (_title, action) => action() };
