import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { Trouble } from "../cli-error.ts";

/** Where the program is, and which of its stacks is meant. */
export interface Project {
  readonly folder: string;
  readonly stack: string;
  readonly configFile: string;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly stack?: string;
  readonly configFile?: string;
}

/** The checkout that `zd` itself belongs to. */
const OWN_FOLDER = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/**
 * The nearest folder upwards with this program's Pulumi.yaml, else the checkout that `zd`
 * belongs to.
 */
export function projectFolder(from = process.cwd()): string {
  const file = join(from, "Pulumi.yaml");
  if (existsSync(file) && /^name:\s*zero-downtime\s*$/m.test(readFileSync(file, "utf8"))) return from;
  const parent = dirname(from);
  return parent === from ? OWN_FOLDER : projectFolder(parent);
}

/**
 * The stack that is meant: --stack, else the one that is selected in Pulumi.
 *
 * @throws {Trouble} where there is none
 */
export async function findProject({ stack, configFile }: GlobalOptions): Promise<Project> {
  const folder = projectFolder();
  const name = stack ?? (await selectedStack(folder));
  return {
    folder,
    stack: name,
    configFile:
      configFile === undefined ? join(folder, `Pulumi.${shortName(name)}.yaml`) : resolve(configFile),
  };
}

/** Config files are named without the organisation. */
export const shortName = (stack: string): string => stack.split("/").at(-1) ?? stack;

async function selectedStack(folder: string): Promise<string> {
  const { exitCode, stdout, stderr } = await pulumi(folder, ["stack", "--show-name"]);
  if (exitCode === 0 && stdout.trim() !== "") return stdout.trim();
  const known = stacksWithConfig(folder);
  const choose =
    known.length > 0
      ? `Choose one: pulumi stack select ${known[0]} (or zd --stack ${known[0]} …). Config files are here for: ${known.join(", ")}.`
      : "Make one with: zd init";
  if (/no stack selected|not currently|no current stack/i.test(stderr)) {
    throw new Trouble(
      "usage",
      "Cannot tell which stack is meant as none is selected.",
      `${choose} A new one: zd init`,
    );
  }
  throw new Trouble("unreachable", `Cannot ask Pulumi which stack is meant: ${lastLine(stderr)}`, choose);
}

const stacksWithConfig = (folder: string): string[] =>
  readdirSync(folder).flatMap((file) => /^Pulumi\.([^.]+)\.yaml$/.exec(file)?.[1] ?? []);

export const lastLine = (text: string): string =>
  text
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "")
    .at(-1)
    ?.trim() ?? "";

/**
 * Runs the Pulumi CLI for a question that needs no engine; loading the Automation API would take
 * longer than the answer.
 */
export async function pulumi(
  folder: string,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const result = await execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
    cwd: folder,
    reject: false,
    stdin: "ignore",
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  if (result.code === "ENOENT") {
    throw new Trouble(
      "unreachable",
      "Cannot find the program pulumi on the PATH.",
      'Install the Pulumi CLI; on the one-machine environment: eval "$(npm run -s local -- env)"',
    );
  }
  return { exitCode: result.exitCode ?? 1, stdout: result.stdout, stderr: result.stderr };
}
