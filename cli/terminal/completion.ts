import type { Command } from "commander";

export type Shell = "bash" | "zsh" | "fish";

/** What may follow a command: its options, and the words that its first argument can be. */
interface Words {
  readonly command: string;
  readonly description: string;
  readonly words: readonly string[];
}

/**
 * A completion script for a shell. It holds every command, option and phase, so that no process is
 * started while somebody types.
 *
 * @param zd the command line, as it is parsed
 * @param phases words that `to`, `plan` and `run --until` take
 */
export function completionScript(zd: Command, phases: readonly string[], shell: Shell): string {
  const options = zd.options.flatMap(({ long }) => long ?? []);
  const commands = zd.commands.map((command): Words => {
    const takesPhase = command.registeredArguments.some((argument) => argument.name() === "phase");
    const inner = command.commands;
    const own = [command, ...inner].flatMap(({ options: each }) => each.flatMap(({ long }) => long ?? []));
    return {
      command: command.name(),
      description: command.description(),
      words: [...(takesPhase ? phases : []), ...inner.map((one) => one.name()), ...new Set(own), ...options],
    };
  });
  return shell === "fish" ? fish(commands) : bash(commands, options, shell);
}

function bash(commands: readonly Words[], options: readonly string[], shell: Shell): string {
  const cases = commands.map(({ command, words }) => `    ${command}) words="${words.join(" ")}" ;;`);
  const first = [...commands.map(({ command }) => command), ...options].join(" ");
  return [
    ...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []),
    "_zd() {",
    `  local words="${first}"`,
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    "  esac",
    '  [ "$COMP_CWORD" -eq 1 ] && words="' + first + '"',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    "}",
    "complete -F _zd zd",
    "",
  ].join("\n");
}

function fish(commands: readonly Words[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  return [
    "complete -c zd -f",
    ...commands.map(
      ({ command, description }) =>
        `complete -c zd -n __fish_use_subcommand -a ${command} -d ${quoted(description)}`,
    ),
    ...commands.map(
      ({ command, words }) =>
        `complete -c zd -n '__fish_seen_subcommand_from ${command}' -a ${quoted(words.join(" "))}`,
    ),
    "",
  ].join("\n");
}
