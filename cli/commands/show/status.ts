import type { Command } from "commander";
import type { StatusOptions } from "../../actions/status.ts";
import type { DefineCommand } from "../../define-command.ts";

export const define: DefineCommand = (zd) =>
  zd
    .command("status")
    .description("where the release is, who serves whom, what may come next and what going back would cost")
    .option("--json", "for programs")
    .option("-w, --watch", "look again every two seconds")
    .action(async (_, command: Command) => {
      const { status } = await import("../../actions/status.ts");
      await status(command.optsWithGlobals<StatusOptions>());
    });
