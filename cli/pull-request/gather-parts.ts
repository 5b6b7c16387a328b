import { stripVTControlCharacters } from "node:util";
import { join } from "node:path";
import { execa } from "execa";
import { describePlace, placeOf } from "../../release/place.ts";
import { PHASES } from "../../release/release.ts";
import { isSafe, lintFolder } from "../lint/lint-folder.ts";
import { lintLines } from "../lint/lint-lines.ts";
import { configuredIn, openContext, type Context } from "../context.ts";
import { stepsOf } from "../enter-stage.ts";
import { findProject, projectFolder, pulumi, type GlobalOptions } from "../project.ts";
import { readPast } from "../stack.ts";
import { stepTitle } from "../step-words.ts";
import { Trouble } from "../trouble.ts";
import { refusedByGate } from "../ways.ts";
import type { LintPart, PullRequestParts, StackPart } from "./parts.ts";
import { preview } from "./preview.ts";
import { secretsOfConfig } from "./redact.ts";

/** The parts, and the values that must not be seen in them. */
export interface Gathered {
  readonly parts: PullRequestParts;
  readonly secrets: readonly string[];
}

/** Everything that the comment tells, stack by stack. What goes wrong with one becomes its part, and hides no other. */
export async function gatherParts(options: readonly GlobalOptions[]): Promise<Gathered> {
  const folder = projectFolder();
  const stacks: StackPart[] = [];
  const secrets: string[] = [];
  for (const one of options) {
    secrets.push(...(await configSecrets(one)));
    stacks.push(await stackPart(one));
  }
  return { parts: { stacks, lint: await lintPart(folder), commit: await commitOf(folder) }, secrets };
}

async function stackPart(options: GlobalOptions): Promise<StackPart> {
  const untold = { stack: options.stack ?? "", plan: [], diff: "", changes: {} };
  try {
    const context = await openContext(options);
    const plan = await planOf(context);
    return { stack: context.project.stack, plan, ...(await preview(context.project)) };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { ...untold, refusals: [error.message, error.advice].filter((text) => text !== "") };
  }
}

/** The stage that config asks for, in plain words; nothing where the gate refuses it, as the preview then says why. */
async function planOf(context: Context): Promise<readonly string[]> {
  const past = await readPast(context.project);
  const next = configuredIn(context, past);
  if (refusedByGate(past, next).length > 0) return [];
  return [
    `${describePlace(placeOf(next))}: ${PHASES[next.phase]}`,
    ...stepsOf(past, next).map((step, at) => `  ${String(at + 1).padStart(2)}. ${stepTitle(step)}`),
  ];
}

/** A stack whose config cannot be read has told nothing that could be secret. */
async function configSecrets(options: GlobalOptions): Promise<string[]> {
  const { folder, stack, configFile } = await findProject(options);
  const { exitCode, stdout } = await pulumi(folder, [
    ...["config", "--show-secrets", "--json", "--stack", stack],
    ...["--config-file", configFile],
  ]);
  return exitCode === 0 ? secretsOfConfig(JSON.parse(stdout)) : [];
}

async function lintPart(folder: string): Promise<LintPart> {
  try {
    const result = await lintFolder({ folder: join(folder, "migrations"), after: null, major: null });
    const lines = lintLines({ ...result, folder: "migrations" }).map(stripVTControlCharacters);
    return { lines, isBroken: !isSafe(result) };
  } catch (error) {
    return { lines: [error instanceof Error ? error.message : String(error)], isBroken: true };
  }
}

/** The commit's short name; null where this is no checkout. */
async function commitOf(folder: string): Promise<string | null> {
  const { exitCode, stdout } = await execa("git", ["rev-parse", "--short=12", "HEAD"], {
    cwd: folder,
    reject: false,
  });
  return exitCode === 0 ? stdout.trim() : null;
}
