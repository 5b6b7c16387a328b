import type { Command } from "commander";
import type { HistoryOptions } from "../../actions/history.ts";
import type { DefineCommand } from "../../define-command.ts";
import { count } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd) =>
  zd
    .command("history")
    .description("the stages of the past: versions, commit and outcome")
    .option("-n, --count <number>", "how many, the newest", count, 20)
    .option("--json", "for programs; with the config of each")
    .action(async (_, command: Command) => {
      const { history } = await import("../../actions/history.ts");
      await history(command.optsWithGlobals<HistoryOptions>());
    });
