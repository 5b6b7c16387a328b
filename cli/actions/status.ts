import { setTimeout as pause } from "node:timers/promises";
import { printableIn } from "../../release/printable.ts";
import { gather, openContext } from "../stack/context.ts";
import { endAtOnceWhenInterrupted } from "../stack/interrupt.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { statusLines } from "../terminal/status-lines.ts";
import { statusOf } from "../moves/status.ts";

export interface StatusOptions extends GlobalOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** How often `--watch` looks. */
const WATCH_MILLISECONDS = 2_000;

/**
 * `zd status`: where the release is, who serves whom, what may come next and what going
 * back would cost.
 */
export async function status(options: StatusOptions): Promise<void> {
  if (options.watch === true) endAtOnceWhenInterrupted();
  for (;;) {
    const now = printableIn(statusOf(await gather(await openContext(options))));
    const text = options.json === true ? JSON.stringify(now, null, 2) : statusLines(now).join("\n");
    if (options.watch !== true) {
      process.stdout.write(`${text}\n`);
      return;
    }
    const clear = process.stdout.isTTY ? "\u001b[2J\u001b[H" : "";
    process.stdout.write(`${clear}${new Date().toISOString()}\n${text}\n`);
    await pause(WATCH_MILLISECONDS);
  }
}
