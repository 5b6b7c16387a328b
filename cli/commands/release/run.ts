import type { Command } from "commander";
import type { RunOptions } from "../../actions/run.ts";
import type { DefineCommand } from "../../define-command.ts";
import { count, yesOption } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd, surroundings) =>
  zd
    .command("run")
    .description(
      "one stage after the other until the new version is stable; stops at anything that is not well",
    )
    .option("--until <phase>", "last stage to enter")
    .option("--patience <seconds>", "how long to wait for a rung's verdict", count, 3600)
    .addOption(yesOption())
    .action(async (_, command: Command) => {
      const { run } = await import("../../actions/run.ts");
      await run(command.optsWithGlobals<RunOptions>(), surroundings);
    });
