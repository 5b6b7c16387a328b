// `npm run lint-migrations`: what each statement of the migrations locks, and what to write instead of those that are not safe.
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { indented } from "../../schema/lint/lint.ts";
import { isSafe, lintFolder } from "./lint-folder.ts";
import { footprint, lintLines, statementLines } from "./lint-lines.ts";
import { measureFolder, type PlannedStatement } from "./measure/measure-folder.ts";
import { paint } from "../terminal/paint.ts";

const EXIT = { safe: 0, unsafe: 1, wrongUse: 2 } as const;

interface Options {
  readonly json?: boolean;
  readonly after?: string;
  readonly postgres?: number;
  readonly measure?: number;
  readonly schema?: string;
}

function major(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 14 || number > 18) {
    throw new InvalidArgumentError("It must be 14, 15, 16, 17 or 18.");
  }
  return number;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function run(given: string | undefined, options: Options): Promise<number> {
  const folder = given ?? "migrations";
  const after = options.after ?? null;
  const result = await lintFolder({ folder, after, major: options.measure ?? options.postgres ?? null });
  const isReadable = result.errors.length === 0;
  if (options.measure === undefined || !isReadable) {
    if (options.json) say(JSON.stringify(result, null, 2));
    else lintLines(result).forEach(say);
    return isSafe(result) ? EXIT.safe : EXIT.unsafe;
  }
  const plan = await measureFolder({
    folder,
    after,
    major: options.measure,
    dump: options.schema ?? null,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  if (options.json) say(JSON.stringify(plan, null, 2));
  else plan.flatMap((planned) => planLines(planned, result.folder)).forEach(say);
  const isAsSaid = plan.every(({ failure, differences }) => failure === null && differences.length === 0);
  return isSafe(result) && isAsSaid ? EXIT.safe : EXIT.unsafe;
}

function planLines(
  { report, measured, failure, differences }: PlannedStatement,
  folder: string,
): readonly string[] {
  return [
    ...statementLines(report, folder),
    ...(measured === null
      ? []
      : [
          `  measured: ${footprint({ ...measured, scans: measured.scans ?? [], rewrites: measured.rewrites ?? [] })}`,
        ]),
    ...(failure === null ? [] : [`  ${paint("red", "it failed:")}\n${indented(failure)}`]),
    ...differences.map((difference) => `  ${paint("red", difference)}`),
  ];
}

const command = new Command("lint-migrations")
  .description(
    "Says what each statement of the migrations locks, and what to write instead of those that are not safe.",
  )
  .argument("[folder]", "the folder that holds one folder a migration (default: migrations)")
  .option("--json", "print everything as JSON")
  .option(
    "--after <migration>",
    "judge only what comes after this migration; it and what is before are learnt from",
  )
  .option("--postgres <major>", "the server's major version, 14 to 18 (default: any of them)", major)
  .option(
    "--measure <major>",
    "run every statement on a throwaway PostgreSQL of this major version, and compare",
    major,
  )
  .option(
    "--schema <dump.sql>",
    "with --measure: a dump of the schema without data, instead of running the migrations up to --after",
  )
  .showHelpAfterError("(--help says more)")
  .exitOverride();

try {
  command.parse();
  process.exitCode = await run(command.args[0], command.opts<Options>());
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.safe : EXIT.wrongUse;
  else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.wrongUse;
  }
}
