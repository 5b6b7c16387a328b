import type { Command } from "commander";
import type { InitOptions } from "../../actions/init.ts";
import type { DefineCommand } from "../../define-command.ts";
import { QUESTIONS } from "../../init/init-questions.ts";
import type { Question } from "../../terminal/questions.ts";

const AFTERWARDS = `
With --manifests, what the files say is not asked: name, image, version, ports and probes.
The administrator's password is asked for, or taken from the environment variable ZD_DATABASE_ADMIN_PASSWORD; all other
passwords are made up. Nothing is installed: the first zd next does that.`;

export const define: DefineCommand = (zd, surroundings) => {
  const init = zd
    .command("init")
    .description("make a stack for an application of your own; asks what no flag says")
    .option("-y, --yes", "ask nothing: flags and defaults only")
    .option("--manifests <path>", "file or folder with the application's Deployment, Service and so on")
    .option("--container <name>", "with --manifests: the container that gets the version's image")
    .option("--migrates", "with --manifests: init containers of migration tools are meant to be there")
    .option("--both <services...>", "with --manifests: Services that find the pods of both versions")
    .option("--unversioned <names...>", "with --manifests: ConfigMaps and Secrets that both versions share")
    .option("--shared <objects...>", "with --manifests: objects (Kind/name) that are written as they are")
    .option("--ignore <objects...>", "with --manifests: objects (Kind/name) that are left out")
    .addHelpText("after", AFTERWARDS);
  for (const { flag, text, fallback } of Object.values<Question>(QUESTIONS)) {
    init.option(`--${flag} <value>`, fallback === undefined ? text : `${text} (default: ${fallback})`);
  }
  init.action(async (_, command: Command) => {
    const { init: run } = await import("../../actions/init.ts");
    await run(command.optsWithGlobals<InitOptions>(), surroundings);
  });
};
