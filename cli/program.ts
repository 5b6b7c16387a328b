import { readdirSync } from "node:fs";
import { parse } from "node:path";
import { Command } from "commander";
import { EXIT_CODES } from "./cli-error.ts";
import type { DefineCommand } from "./define-command.ts";
import type { Surroundings } from "./stages/enter-stage.ts";

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

/** Commands that need to know all the others. */
const NEED_ALL: readonly string[] = ["help", "completion"];

/** The folders of commands/, in the order of the help, with their headings there. */
const WINGS = {
  show: "Look at a release:",
  release: "Move a release:",
  schema: "Migrations:",
  setup: "Set up:",
} as const;

/**
 * The command line of `zd`, with a command for each file below commands/: one is added by adding
 * its file. A command parses, calls, reports; what it needs is loaded when it is called.
 *
 * @param words the command line, if only the commands that it names are needed; without
 *   it all are there
 */
export async function programOf(surroundings: Surroundings, words: readonly string[] = []): Promise<Command> {
  const zd = new Command("zd")
    .description(ABOUT)
    .addHelpText("after", AFTERWARDS)
    .option("-s, --stack <name>", "the stack; without it the one that is selected in pulumi")
    .option("--config-file <file>", "its config, where it is not Pulumi.<stack>.yaml")
    .showSuggestionAfterError()
    .showHelpAfterError("(zd --help explains the commands)")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  // Commander keeps the last value of an option; `zd preview` takes several stacks.
  zd.on("option:stack", (name: string) => {
    zd.setOptionValue("stacks", [...((zd.getOptionValue("stacks") as string[] | undefined) ?? []), name]);
  });
  for (const { heading, define } of await Promise.all(filesFor(words).map(load))) {
    zd.commandsGroup(heading);
    define(zd, surroundings);
  }
  return zd;
}

interface CommandFile {
  readonly name: string;
  readonly path: string;
  readonly heading: string;
}

/**
 * Each file takes most of a millisecond to load, so a command that is called by name loads only its
 * own.
 */
function filesFor(words: readonly string[]): CommandFile[] {
  const all = commandFiles();
  const named = all.filter(({ name }) => words.includes(name));
  return named.length === 0 || words.some((word) => NEED_ALL.includes(word)) ? all : named;
}

/** Wing by wing, in the order of the names. */
const commandFiles = (): CommandFile[] =>
  Object.entries(WINGS).flatMap(([wing, heading]) =>
    readdirSync(new URL(`commands/${wing}/`, import.meta.url))
      // Backup files of editors and files of desktops are no commands.
      .filter((file) => /^[a-z-]+\.ts$/.test(file))
      .sort()
      .map((file) => ({ name: parse(file).name, path: `./commands/${wing}/${file}`, heading })),
  );

async function load({ path, heading }: CommandFile) {
  const { define } = (await import(path)) as { readonly define: DefineCommand };
  return { heading, define };
}
