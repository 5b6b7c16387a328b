import type { Command } from "commander";
import type { LogsOptions } from "../../actions/logs.ts";
import type { DefineCommand } from "../../define-command.ts";
import { count } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd) =>
  zd
    .command("logs")
    .description("what the Jobs of the last stage said, or the pods of a colour")
    .argument("[what]", "blue, green, rolling, or a Job: schema, ready, smoke, warm-up, logged-in, probe …")
    .option("--tail <lines>", "of each pod", count, 100)
    .action(async (what: string | undefined, _, command: Command) => {
      const { logs } = await import("../../actions/logs.ts");
      await logs(what, command.optsWithGlobals<LogsOptions>());
    });
