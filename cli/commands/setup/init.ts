import type { Command } from "commander";
import type { InitOptions } from "../../actions/init.ts";
import type { DefineCommand } from "../../define-command.ts";
import { QUESTIONS } from "../../init/init-questions.ts";
import type { Question } from "../../terminal/questions.ts";

const AFTERWARDS = `
The administrator's password is asked for, or taken from the environment variable ZD_DATABASE_ADMIN_PASSWORD; all other
passwords are made up. Nothing is installed: the first zd next does that.`;

export const define: DefineCommand = (zd, surroundings) => {
  const init = zd
    .command("init")
    .description("make a stack for an application of your own; asks what no flag says")
    .option("-y, --yes", "ask nothing: flags and defaults only")
    .addHelpText("after", AFTERWARDS);
  for (const { flag, text, fallback } of Object.values<Question>(QUESTIONS)) {
    init.option(`--${flag} <value>`, fallback === undefined ? text : `${text} (default: ${fallback})`);
  }
  init.action(async (_, command: Command) => {
    const { init: run } = await import("../../actions/init.ts");
    await run(command.optsWithGlobals<InitOptions>(), surroundings);
  });
};
