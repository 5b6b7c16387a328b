import type { Command } from "commander";
import type { DefineCommand } from "../../define-command.ts";
import type { GlobalOptions } from "../../stack/project.ts";

export const define: DefineCommand = (zd, surroundings) =>
  zd
    .command("abort")
    .description("give a release up before the switch: stage by stage back to stable with the old version")
    .action(async (_, command: Command) => {
      const { abort } = await import("../../actions/abort.ts");
      await abort(command.optsWithGlobals<GlobalOptions>(), surroundings);
    });
