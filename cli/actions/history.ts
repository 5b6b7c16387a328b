import { historyLines } from "../terminal/history-lines.ts";
import { readHistory } from "../stack/stack.ts";
import { findProject, type GlobalOptions } from "../stack/project.ts";

export interface HistoryOptions extends GlobalOptions {
  readonly json?: boolean;
  readonly count: number;
}

/**
 * `zd history`: past stages with versions, commit and outcome; with --json also the config of each.
 */
export async function history(options: HistoryOptions): Promise<void> {
  const ups = await readHistory(await findProject(options));
  const text =
    options.json === true
      ? JSON.stringify(ups.slice(-options.count), null, 2)
      : ups.length === 0
        ? "No up has run on this stack yet. The first one: zd next"
        : historyLines(ups, options.count).join("\n");
  process.stdout.write(`${text}\n`);
}
