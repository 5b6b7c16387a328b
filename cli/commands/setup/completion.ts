import { PHASE_NAMES } from "../../../release/phases.ts";
import { Trouble } from "../../cli-error.ts";
import type { DefineCommand } from "../../define-command.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

export const define: DefineCommand = (zd) =>
  zd
    .command("completion")
    .description('completion for a shell, as in: eval "$(zd completion bash)"')
    .argument("<shell>", SHELLS.join(", "))
    .action(async (word: string) => {
      const shell = SHELLS.find((one) => one === word);
      if (!shell) throw new Trouble("usage", `Cannot complete for ${word}.`, `Shells: ${SHELLS.join(", ")}.`);
      const { completionScript } = await import("../../terminal/completion.ts");
      process.stdout.write(completionScript(zd, PHASE_NAMES, shell));
    });
