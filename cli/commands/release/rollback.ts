import type { Command } from "commander";
import type { MoveOptions } from "../../actions/next.ts";
import type { DefineCommand } from "../../define-command.ts";
import { count, yesOption } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd, surroundings) =>
  zd
    .command("rollback")
    .description(
      "give the users back to the old version: the traffic first, at once, then the up that records it",
    )
    .option("--to <n>", "go back to a stage of zd history, by legal moves", count)
    .addOption(yesOption())
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<MoveOptions & { readonly to?: number }>();
      if (options.to === undefined) {
        const { rollback } = await import("../../actions/rollback.ts");
        await rollback(options, surroundings);
      } else {
        const { rollbackTo } = await import("../../actions/rollback-to.ts");
        await rollbackTo(options.to, options, surroundings);
      }
    });
