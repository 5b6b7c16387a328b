import type { Command } from "commander";
import { PHASE_NAMES } from "../../../release/phases.ts";
import type { ToOptions } from "../../actions/to.ts";
import type { DefineCommand } from "../../define-command.ts";
import { activeOption, weightOption, yesOption } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd, surroundings) =>
  zd
    .command("to")
    .description("enter one stage that is in reach, forward or back")
    .argument("<phase>", PHASE_NAMES.join(", "))
    .addOption(weightOption())
    .addOption(activeOption())
    .addOption(yesOption())
    .action(async (phase: string, _, command: Command) => {
      const { to } = await import("../../actions/to.ts");
      await to(phase, command.optsWithGlobals<ToOptions>(), surroundings);
    });
