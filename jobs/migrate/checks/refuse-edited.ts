import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { Ledger, LedgerMigration } from "../../../schema/state/catalog.ts";
import type { Migration } from "../../../schema/migration/migration.ts";
import { FILE_NAMES, type MigrationFiles } from "../../../schema/migration/migration-files.ts";
import { restoredBy } from "../../../schema/sql/names.ts";
import type { Leg } from "../../../schema/state/migration-path.ts";
import { Refusal } from "../refusal.ts";
import type { Runner } from "../runner.ts";
import type { Goal } from "../../../protocol/jobs/migrate-settings.ts";

/**
 * Goals with which something new begins; one that only continues, goes back or checks must not fail
 * because of a file that it does not use.
 */
const BEGINNINGS: readonly Goal[] = ["base", "expanded", "filled"];

/** The summary must fit into a pod's termination message; the log has all of it. */
const MOST_LINES = 24;
const MOST_CHARACTERS = 800;

/**
 * What has been run must stay as it was, or another database, or this one created anew, would not
 * get the same schema. An unfinished expansion may be edited: it is taken back first. So may
 * contract.sql until a part of it has run.
 *
 * @throws {Refusal} with what was changed in which file
 */
export function refuseEdited(
  { settings, log }: Runner,
  folder: readonly Migration[],
  ledger: Ledger,
  legs: readonly Leg[],
): void {
  const goesBack = legs.some((leg) => leg.move === "undo" || restoredBy(leg.migration) !== null);
  if (!BEGINNINGS.includes(settings.goal) || goesBack) return;
  const edited = folder.flatMap(({ id, files }) => {
    const recorded = ledger.migrations[id];
    if (recorded === undefined || recorded.state === "expanding") return [];
    const kept = FILE_NAMES.filter((name) => name !== "contract.sql" || hasContractRun(recorded));
    return differences(id, recorded.files, files, kept).map((patch) => ({
      id,
      state: recorded.state,
      patch,
    }));
  });
  const [first] = edited;
  if (first === undefined) return;
  for (const { patch } of edited) log(patch);
  const ids = [...new Set(edited.map(({ id }) => id))];
  throw new Refusal(
    `Cannot reach ${settings.goal} as the files of a migration must stay as they were when it began: ${first.id} is ${first.state}, and its files were edited since${ids.length > 1 ? ` (so were those of ${ids.slice(1).join(", ")})` : ""}. Put them back, and write what you want to change as a new migration${first.state === "finished" ? "" : ", or go back to stable and expand again"}; nothing was changed. Then (-) and now (+):\n${shortened(first.patch)}`,
    { editedMigrations: ids },
  );
}

/** Whether anything of contract.sql has been done for good; until then it may be edited. */
export function hasContractRun({ state, steps }: LedgerMigration): boolean {
  if (state === "contracting") return steps.some((step) => /^contract:\d+$/.test(step));
  return state === "finished";
}

/** A unified difference for each file that is not what it was; line endings do not count. */
export function differences(
  id: string,
  recorded: MigrationFiles,
  given: MigrationFiles,
  files: readonly (keyof MigrationFiles)[] = FILE_NAMES,
): readonly string[] {
  return files.flatMap((file) => {
    const [before, now] = [recorded, given].map((all) => (all[file] ?? "").replaceAll("\r\n", "\n"));
    if (before === undefined || now === undefined || before === now) return [];
    const name = `${id}/${file}`;
    return [
      createTwoFilesPatch(name, name, before, now, undefined, undefined, {
        context: 1,
        headerOptions: FILE_HEADERS_ONLY,
      }).trimEnd(),
    ];
  });
}

function shortened(patch: string): string {
  const lines = patch.split("\n");
  const kept: string[] = [];
  for (const line of lines) {
    if (kept.length >= MOST_LINES || kept.join("\n").length + line.length > MOST_CHARACTERS) {
      return [...kept, `… and ${lines.length - kept.length} lines more, in the Job's log`].join("\n");
    }
    kept.push(line);
  }
  return patch;
}
