import type { Command } from "commander";
import type { PlanOptions } from "../../actions/plan.ts";
import type { DefineCommand } from "../../define-command.ts";
import { activeOption, weightOption } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd) =>
  zd
    .command("plan")
    .description(
      "the next stage in plain words, before it happens: steps, SQL with its locks, traffic, what can no longer be undone",
    )
    .argument("[phase]", "another stage that is in reach")
    .addOption(weightOption())
    .addOption(activeOption())
    .option("--sql", "every statement whole")
    .option("--json", "for programs")
    .action(async (phase: string | undefined, _, command: Command) => {
      const { plan } = await import("../../actions/plan.ts");
      await plan(phase, command.optsWithGlobals<PlanOptions>());
    });
