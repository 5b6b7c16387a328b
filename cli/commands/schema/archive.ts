import type { Command } from "commander";
import type { ArchiveDropOptions, ArchiveListOptions } from "../../actions/archive.ts";
import type { DefineCommand } from "../../define-command.ts";
import { age, yesOption } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd) => {
  const archive = zd
    .command("archive")
    .description("what contract and undo have kept of dropped columns and tables");
  archive
    .command("ls")
    .description("every archive: its migration, rows, size, and since when")
    .option("--json", "for programs")
    .action(async (_, command: Command) => {
      const { archiveList } = await import("../../actions/archive.ts");
      await archiveList(command.optsWithGlobals<ArchiveListOptions>());
    });
  archive
    .command("drop")
    .description("drop archives that no release on its way needs")
    .argument("[name...]", "those that are meant, whatever their age")
    .option("--older-than <age>", "such as 30d or 12h", age)
    .option("--migration <id>", "of this one only")
    .addOption(yesOption())
    .action(async (names: string[], _, command: Command) => {
      const { archiveDrop } = await import("../../actions/archive.ts");
      await archiveDrop(names, command.optsWithGlobals<ArchiveDropOptions>());
    });
};
