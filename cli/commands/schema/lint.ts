import type { Command } from "commander";
import type { LintOptions } from "../../actions/lint.ts";
import type { DefineCommand } from "../../define-command.ts";
import { postgresMajor } from "../../terminal/option-values.ts";

export const define: DefineCommand = (zd) =>
  zd
    .command("lint")
    .description(
      "what each statement of the migrations locks, and what to write instead of those that are not safe",
    )
    .argument("[folder]", "the folder that holds one folder a migration, if not migrations/")
    .option("--json", "for programs")
    .option(
      "--after <migration>",
      "judge only what comes after this migration; it and what is before are learnt from",
    )
    .option(
      "--postgres <major>",
      "the server's major version, 14 to 18 (default: any of them)",
      postgresMajor,
    )
    .option(
      "--shares-login",
      "both versions may log in to the database as one (database.logins: application), so that values must tell who inserted a row",
    )
    .option(
      "--measure <major>",
      "run every statement on a throwaway PostgreSQL of this major version, and compare",
      postgresMajor,
    )
    .option(
      "--schema <dump.sql>",
      "with --measure: a dump of the schema without data, instead of running the migrations up to --after",
    )
    .action(async (folder: string | undefined, _, command: Command) => {
      const { lint } = await import("../../actions/lint.ts");
      await lint(folder, command.opts<LintOptions>());
    });
