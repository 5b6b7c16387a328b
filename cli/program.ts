import { Command, InvalidArgumentError, Option } from "commander";
import { COLOURS, PHASE_NAMES } from "../release/release.ts";
import type { Surroundings } from "./enter-stage.ts";
import type { MoveOptions } from "./commands/next.ts";
import type { StatusOptions } from "./commands/status.ts";
import type { ToOptions } from "./commands/to.ts";
import type { GlobalOptions } from "./project.ts";
import { EXIT_CODES } from "./trouble.ts";

const ABOUT =
  "A release goes through stages, one `up` each. zd drives the same program, stack and config as plain pulumi; both can be mixed.";

const AFTERWARDS = `
Begin with:
  zd status      where the release is, who serves, what may come next, what going back would cost
  zd next        the next stage
  zd rollback    users back on the old version, within a second

A stage that was stopped or failed can be repeated or left; zd status tells how.
Exit codes: ${Object.entries(EXIT_CODES)
  .map(([ending, code]) => `${code} ${ending}`)
  .join(", ")}.`;

/** The command line of `zd`. A command parses, calls, reports; what it needs is loaded when it is called. */
export function programOf(surroundings: Surroundings): Command {
  const zd = new Command("zd")
    .description(ABOUT)
    .addHelpText("after", AFTERWARDS)
    .option("-s, --stack <name>", "the stack; without it the one that is selected in pulumi")
    .option("--config-file <file>", "its config, where it is not Pulumi.<stack>.yaml")
    .showSuggestionAfterError()
    .showHelpAfterError("(zd --help explains the commands)")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });

  zd.command("status")
    .description("where the release is, who serves whom, what may come next and what going back would cost")
    .option("--json", "for programs")
    .option("-w, --watch", "look again every two seconds")
    .action(async (_, command: Command) => {
      const { status } = await import("./commands/status.ts");
      await status(command.optsWithGlobals<StatusOptions>());
    });

  zd.command("next")
    .description("enter the next stage, or repeat the one that did not finish")
    .addOption(yes())
    .action(async (_, command: Command) => {
      const { next } = await import("./commands/next.ts");
      await next(command.optsWithGlobals<MoveOptions>(), surroundings);
    });

  zd.command("to")
    .description("enter one stage that is in reach, forward or back")
    .argument("<phase>", PHASE_NAMES.join(", "))
    .option("--weight <percent>", "the rung, in canary", percent)
    .addOption(new Option("--active <colour>", "where both colours are possible").choices(COLOURS))
    .addOption(yes())
    .action(async (phase: string, _, command: Command) => {
      const { to } = await import("./commands/to.ts");
      await to(phase, command.optsWithGlobals<ToOptions>(), surroundings);
    });

  zd.command("rollback")
    .description(
      "give the users back to the old version: the traffic first, at once, then the up that records it",
    )
    .action(async (_, command: Command) => {
      const { rollback } = await import("./commands/rollback.ts");
      await rollback(command.optsWithGlobals<GlobalOptions>(), surroundings);
    });

  zd.command("abort")
    .description("give a release up before the switch: stage by stage back to stable with the old version")
    .action(async (_, command: Command) => {
      const { abort } = await import("./commands/abort.ts");
      await abort(command.optsWithGlobals<GlobalOptions>(), surroundings);
    });

  return zd;
}

const yes = () => new Option("-y, --yes", "do not ask before the stage that cannot be undone");

function percent(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 99)
    throw new InvalidArgumentError("must be a whole number from 1 to 99");
  return value;
}
