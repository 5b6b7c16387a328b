import { join } from "node:path";
import { releaseAt } from "../../release/release-at.ts";
import { phaseNamed } from "../../release/phases.ts";
import { readMigrations } from "../../schema/migration/read-migrations.ts";
import { configuredIn, openContext } from "../stack/context.ts";
import { standsAt } from "../stack/stack-state.ts";
import { placeMeant } from "../moves/target.ts";
import { planLines, stageWords } from "../moves/stage-preview.ts";
import { readVersionWords } from "../stack/stage-versions.ts";
import { readPast } from "../stack/stack.ts";
import { Trouble } from "../cli-error.ts";
import { refusedByGate, waysFrom } from "../moves/legal-moves.ts";
import { nextPlace } from "./next.ts";
import type { ToOptions } from "./to.ts";

export interface PlanOptions extends ToOptions {
  /** Show every statement in full. */
  readonly sql?: boolean;
  readonly json?: boolean;
}

/**
 * `zd plan [phase]`: what the next stage, or another one within reach, will do. Changes nothing,
 * and needs no cluster.
 */
export async function plan(word: string | undefined, options: PlanOptions): Promise<void> {
  const context = await openContext(options);
  const past = await readPast(context.project);
  const configured = configuredIn(context, past);
  const phase = phaseNamed(word);
  const place = phase
    ? placeMeant(phase, options, waysFrom(past, configured), standsAt(past) ?? configured)
    : nextPlace(context, past);
  if ("ambiguous" in place)
    throw new Trouble("usage", `Cannot tell which ${word} is meant.`, "Say which with --active or --weight.");
  const next = releaseAt(configured, place);
  const reasons = refusedByGate(past, next);
  if (reasons.length > 0)
    throw new Trouble("refused", reasons.join("\n"), "zd status shows the legal moves.");
  const migrations = await readMigrations(join(context.project.folder, "migrations"));
  const words = stageWords(past, next, migrations, await readVersionWords(context, past, next));
  const text =
    options.json === true
      ? JSON.stringify(words, null, 2)
      : planLines(words, options.sql === true).join("\n");
  process.stdout.write(`${text}\n`);
}
