import type { Command } from "commander";
import type { CandidateOptions } from "../../actions/candidate.ts";
import type { DefineCommand } from "../../define-command.ts";

export const define: DefineCommand = (zd, surroundings) =>
  zd
    .command("candidate")
    .description("name the version that is to take over; the image by the digest that its tag has now")
    .requiredOption("--version <version>", "what people call it")
    .requiredOption("--image <image>", "repository:tag, or by digest")
    .option("--schema <migration>", "newest migration that it needs; without it the active version's")
    .action(async (_, command: Command) => {
      const { candidate } = await import("../../actions/candidate.ts");
      await candidate(command.optsWithGlobals<CandidateOptions>(), surroundings);
    });
