import { existsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { readFolder } from "../../schema/migration/read-migrations.ts";
import { configuredIn, migrationsIn, openContext, type Context } from "../stack/context.ts";
import { isSafe, lintFolder } from "../lint/lint-folder.ts";
import { lintLines } from "../lint/lint-lines.ts";
import { sharesLogin } from "../../release/database/logins.ts";
import type { Past } from "../stack/stack-state.ts";
import type { Release } from "../../release/release.ts";
import { planLines, stageWords } from "../moves/stage-preview.ts";
import { findProject, pulumi, type GlobalOptions, type Project } from "../stack/project.ts";
import { readVersionWords } from "../stack/stage-versions.ts";
import { readPast } from "../stack/stack.ts";
import { Trouble } from "../cli-error.ts";
import { refusedByGate } from "../moves/legal-moves.ts";
import type { LintPart, PullRequestParts, StackPart } from "./comment-data.ts";
import { preview } from "./preview.ts";
import { secretsOfConfig } from "./redact.ts";

/** The parts, and the values that must not appear in them. */
export interface Gathered {
  readonly parts: PullRequestParts;
  readonly secrets: readonly string[];
}

/**
 * Everything in the comment, stack by stack. An error with one stack becomes its part, and does not
 * hide the others.
 *
 * @param commit the one that people know, where what is checked out is its merge with the branch;
 *   null: what is checked out
 */
export async function gatherParts(
  options: readonly GlobalOptions[],
  commit: string | null,
): Promise<Gathered> {
  const looked: LookedAt[] = [];
  for (const one of options) looked.push(await lookAt(await findProject(one)));
  const [first] = looked;
  return {
    parts: {
      stacks: looked.map(({ part }) => part),
      lint: first ? await lintPart(first.project, oldest(looked), looked.some(isShared)) : NOTHING_TO_LINT,
      commit: commit ?? (first ? await commitOf(first.project) : null),
    },
    secrets: looked.flatMap(({ secrets }) => secrets),
  };
}

/** A stack, and what the other parts need to know of it. */
interface LookedAt {
  readonly project: Project;
  readonly part: StackPart;
  readonly secrets: readonly string[];
  /**
   * Newest migration that is finished there; null where there is none, or where the stack
   * did not tell.
   */
  readonly finished: string | null;
  /** Whether versions there may log in to the database as one. */
  readonly sharesLogin: boolean;
}

const isShared = ({ sharesLogin }: LookedAt): boolean => sharesLogin;

async function lookAt(project: Project): Promise<LookedAt> {
  const { stack, configFile } = project;
  const secrets = await configSecrets(project);
  try {
    const context = await openContext({ stack, configFile });
    const past = await readPast(project);
    const part = { stack, plan: await planOf(context, past), ...(await preview(project)) };
    const completed = past.completed?.release;
    return {
      project,
      part,
      secrets,
      finished: completed?.from.schema ?? null,
      sharesLogin: completed !== undefined && sharesLogin(completed),
    };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const refusals = [error.message, error.advice].filter((text) => text !== "");
    return {
      project,
      part: { stack, plan: [], refusals, diff: "", changes: {} },
      secrets,
      finished: null,
      sharesLogin: false,
    };
  }
}

/** The migration after which at least one of the stacks still has to go on. */
function oldest(looked: readonly LookedAt[]): string | null {
  const ids = looked.map(({ finished }) => finished);
  return ids.some((id) => id === null) ? null : (ids.toSorted()[0] ?? null);
}

/**
 * The stage that config asks for, in plain words; nothing where the gate refuses it, as the preview
 * then says why.
 */
async function planOf(context: Context, past: Past): Promise<readonly string[]> {
  const next = configuredIn(context, past);
  if (refusedByGate(past, next).length > 0) return [];
  const folder = join(context.project.folder, "migrations");
  // One that cannot be read is told by lint.
  const { migrations } = existsSync(folder) ? await readFolder(folder) : { migrations: [] };
  return planLines(stageWords(past, next, migrations, await versionsOf(context, past, next)), false);
}

/** Files that cannot be released are refused by the preview, which says why. */
async function versionsOf(context: Context, past: Past, next: Release) {
  try {
    return await readVersionWords(context, past, next);
  } catch (error) {
    if (error instanceof Trouble) return null;
    throw error;
  }
}

/** A stack whose config cannot be read has told nothing that could be secret. */
async function configSecrets({ folder, stack, configFile }: Project): Promise<string[]> {
  const { exitCode, stdout } = await pulumi(folder, [
    ...["config", "--show-secrets", "--json", "--stack", stack],
    ...["--config-file", configFile],
  ]);
  return exitCode === 0 ? secretsOfConfig(JSON.parse(stdout)) : [];
}

const NOTHING_TO_LINT: LintPart = { lines: [], isBroken: false };

/**
 * The migrations that still have to run somewhere; those that are finished everywhere are only
 * learnt from.
 */
async function lintPart(project: Project, finished: string | null, sharesLogin: boolean): Promise<LintPart> {
  const known = migrationsIn(project);
  if (known.length === 0) return NOTHING_TO_LINT;
  const after = finished !== null && known.includes(finished) ? finished : null;
  const result = await lintFolder({
    folder: join(project.folder, "migrations"),
    after,
    major: null,
    sharesLogin,
  });
  if (result.errors.length + result.statements.length === 0) return NOTHING_TO_LINT;
  // As in the checkout, wherever that is.
  const lines = lintLines({ ...result, folder: "migrations" }).map(stripVTControlCharacters);
  return { lines, isBroken: !isSafe(result) };
}

/** What is checked out; null where that is no commit. */
async function commitOf({ folder }: Project): Promise<string | null> {
  const { exitCode, stdout } = await execa("git", ["rev-parse", "HEAD"], { cwd: folder, reject: false });
  return exitCode === 0 ? stdout.trim() : null;
}
