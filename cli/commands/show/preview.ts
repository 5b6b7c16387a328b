import type { Command } from "commander";
import type { DefineCommand } from "../../define-command.ts";
import type { PreviewOptions } from "../../pull-request/post-preview.ts";

const AFTERWARDS = `
Name the stacks with --stack, once for each. Without a pull request in the environment the comment is printed. Exit code 3
says that a move is refused or a migration is not safe.`;

export const define: DefineCommand = (zd) =>
  zd
    .command("preview")
    .description("write what merging would do to the stacks named into the pull request's one comment")
    .addHelpText("after", AFTERWARDS)
    .action(async (_, command: Command) => {
      const { postPreview } = await import("../../pull-request/post-preview.ts");
      await postPreview(command.optsWithGlobals<PreviewOptions>());
    });
