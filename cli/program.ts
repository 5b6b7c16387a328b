import { Command, InvalidArgumentError, Option } from "commander";
import { PHASE_NAMES } from "../release/phases.ts";
import { COLOURS } from "../release/release.ts";
import type { Surroundings } from "./stages/enter-stage.ts";
import type { MoveOptions } from "./commands/next.ts";
import type { RunOptions } from "./commands/run.ts";
import type { StatusOptions } from "./commands/status.ts";
import type { ToOptions } from "./commands/to.ts";
import { QUESTIONS } from "./init/init-questions.ts";
import type { ArchiveDropOptions, ArchiveListOptions } from "./commands/archive.ts";
import type { CandidateOptions } from "./commands/candidate.ts";
import type { HistoryOptions } from "./commands/history.ts";
import type { InitOptions } from "./commands/init.ts";
import type { LintOptions } from "./commands/lint.ts";
import type { LogsOptions } from "./commands/logs.ts";
import type { PlanOptions } from "./commands/plan.ts";
import type { ReportOptions } from "./commands/report.ts";
import type { GlobalOptions } from "./stack/project.ts";
import type { Question } from "./terminal/questions.ts";
import { completionScript, SHELLS } from "./terminal/completion.ts";
import { EXIT_CODES, Trouble } from "./cli-error.ts";

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

  zd.command("run")
    .description(
      "one stage after the other until the new version is stable; stops at anything that is not well",
    )
    .option("--until <phase>", "last stage to enter")
    .option("--patience <seconds>", "how long to wait for a rung's verdict", count, 3600)
    .addOption(yes())
    .action(async (_, command: Command) => {
      const { run } = await import("./commands/run.ts");
      await run(command.optsWithGlobals<RunOptions>(), surroundings);
    });

  zd.command("rollback")
    .description(
      "give the users back to the old version: the traffic first, at once, then the up that records it",
    )
    .option("--to <n>", "go back to a stage of zd history, by legal moves", count)
    .addOption(yes())
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<MoveOptions & { readonly to?: number }>();
      if (options.to === undefined) {
        const { rollback } = await import("./commands/rollback.ts");
        await rollback(options, surroundings);
      } else {
        const { rollbackTo } = await import("./commands/rollback-to.ts");
        await rollbackTo(options.to, options, surroundings);
      }
    });

  zd.command("abort")
    .description("give a release up before the switch: stage by stage back to stable with the old version")
    .action(async (_, command: Command) => {
      const { abort } = await import("./commands/abort.ts");
      await abort(command.optsWithGlobals<GlobalOptions>(), surroundings);
    });

  zd.command("plan")
    .description(
      "the next stage in plain words, before it happens: steps, SQL with its locks, traffic, what can no longer be undone",
    )
    .argument("[phase]", "another stage that is in reach")
    .option("--weight <percent>", "the rung, in canary", percent)
    .addOption(new Option("--active <colour>", "where both colours are possible").choices(COLOURS))
    .option("--sql", "every statement whole")
    .option("--json", "for programs")
    .action(async (phase: string | undefined, _, command: Command) => {
      const { plan } = await import("./commands/plan.ts");
      await plan(phase, command.optsWithGlobals<PlanOptions>());
    });

  zd.command("candidate")
    .description("name the version that is to take over; the image by the digest that its tag has now")
    .requiredOption("--version <version>", "what people call it")
    .requiredOption("--image <image>", "repository:tag, or by digest")
    .option("--schema <migration>", "newest migration that it needs; without it the active version's")
    .action(async (_, command: Command) => {
      const { candidate } = await import("./commands/candidate.ts");
      await candidate(command.optsWithGlobals<CandidateOptions>(), surroundings);
    });

  zd.command("history")
    .description("the stages of the past: versions, commit and outcome")
    .option("-n, --count <number>", "how many, the newest", count, 20)
    .option("--json", "for programs; with the config of each")
    .action(async (_, command: Command) => {
      const { history } = await import("./commands/history.ts");
      await history(command.optsWithGlobals<HistoryOptions>());
    });

  zd.command("report")
    .description(
      "the newest release as one HTML page, for those who were not there: what happened, when, why, and what it cost",
    )
    .option("-o, --output <file>", "where the page goes", "report.html")
    .option("--json", "the data to standard output, for programs")
    .action(async (_, command: Command) => {
      const { report } = await import("./commands/report.ts");
      await report(command.optsWithGlobals<ReportOptions>());
    });

  zd.command("logs")
    .description("what the Jobs of the last stage said, or the pods of a colour")
    .argument("[what]", "blue, green, rolling, or a Job: schema, ready, smoke, warm-up, probe …")
    .option("--tail <lines>", "of each pod", count, 100)
    .action(async (what: string | undefined, _, command: Command) => {
      const { logs } = await import("./commands/logs.ts");
      await logs(what, command.optsWithGlobals<LogsOptions>());
    });

  const archive = zd
    .command("archive")
    .description("what contract and undo have kept of dropped columns and tables");
  archive
    .command("ls")
    .description("every archive: its migration, rows, size, and since when")
    .option("--json", "for programs")
    .action(async (_, command: Command) => {
      const { archiveList } = await import("./commands/archive.ts");
      await archiveList(command.optsWithGlobals<ArchiveListOptions>());
    });
  archive
    .command("drop")
    .description("drop archives that no release on its way needs")
    .argument("[name...]", "those that are meant, whatever their age")
    .option("--older-than <age>", "such as 30d or 12h", age)
    .option("--migration <id>", "of this one only")
    .addOption(yes())
    .action(async (names: string[], _, command: Command) => {
      const { archiveDrop } = await import("./commands/archive.ts");
      await archiveDrop(names, command.optsWithGlobals<ArchiveDropOptions>());
    });

  zd.command("lint")
    .description(
      "what each statement of the migrations locks, and what to write instead of those that are not safe",
    )
    .argument("[folder]", "where they are, if not in migrations/")
    .option("--json", "for programs")
    .action(async (folder: string | undefined, _, command: Command) => {
      const { lint } = await import("./commands/lint.ts");
      await lint(folder, command.opts<LintOptions>());
    });

  zd.command("completion")
    .description('completion for a shell, as in: eval "$(zd completion bash)"')
    .argument("<shell>", SHELLS.join(", "))
    .action((word: string) => {
      const shell = SHELLS.find((one) => one === word);
      if (!shell) throw new Trouble("usage", `Cannot complete for ${word}.`, `Shells: ${SHELLS.join(", ")}.`);
      process.stdout.write(completionScript(zd, PHASE_NAMES, shell));
    });

  const init = zd
    .command("init")
    .description("make a stack for an application of your own; asks what no flag says")
    .option("-y, --yes", "ask nothing: flags and defaults only")
    .addHelpText("after", INIT_AFTERWARDS);
  for (const question of Object.values<Question>(QUESTIONS)) {
    const { flag, text, fallback } = question;
    init.option(`--${flag} <value>`, fallback === undefined ? text : `${text} (default: ${fallback})`);
  }
  init.action(async (_, command: Command) => {
    const { init: run } = await import("./commands/init.ts");
    await run(command.optsWithGlobals<InitOptions>(), surroundings);
  });

  return zd;
}

const INIT_AFTERWARDS = `
The administrator's password is asked for, or taken from the environment variable ZD_DATABASE_ADMIN_PASSWORD; all other
passwords are made up. Nothing is installed: the first zd next does that.`;

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("must be a whole number of at least 1");
  return value;
}

/** Seconds. */
function age(text: string): number {
  const [, value, unit] = /^(\d+)([dh])$/.exec(text) ?? [];
  if (value === undefined) throw new InvalidArgumentError("must be days or hours, such as 30d or 12h");
  return Number(value) * (unit === "d" ? 86_400 : 3_600);
}

const yes = () => new Option("-y, --yes", "do not ask before the stage that cannot be undone");

function percent(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 99)
    throw new InvalidArgumentError("must be a whole number from 1 to 99");
  return value;
}
