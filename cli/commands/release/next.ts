import type { Command } from "commander";
import type { MoveOptions } from "../../actions/next.ts";
import type { DefineCommand } from "../../define-command.ts";
import { yesOption } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd, surroundings) =>
  zd
    .command("next")
    .description("enter the next stage, or repeat the one that did not finish")
    .addOption(yesOption())
    .action(async (_, command: Command) => {
      const { next } = await import("../../actions/next.ts");
      await next(command.optsWithGlobals<MoveOptions>(), surroundings);
    });
