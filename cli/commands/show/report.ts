import type { Command } from "commander";
import type { ReportOptions } from "../../actions/report.ts";
import type { DefineCommand } from "../../define-command.ts";

export const define: DefineCommand = (zd) =>
  zd
    .command("report")
    .description(
      "the newest release as one HTML page, for those who were not there: what happened, when, why, and what it cost",
    )
    .option("-o, --output <file>", "where the page goes", "report.html")
    .option("--json", "the data to standard output, for programs")
    .action(async (_, command: Command) => {
      const { report } = await import("../../actions/report.ts");
      await report(command.optsWithGlobals<ReportOptions>());
    });
