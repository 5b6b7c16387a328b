import { printable } from "../../release/printable.ts";
import { choose, dropArchives, listArchives, loss, type Archive, type Choice } from "../cluster/archives.ts";
import { reachCluster } from "../cluster/cluster-api.ts";
import { agreed } from "../terminal/confirm.ts";
import { openContext } from "../stack/context.ts";
import { askLedger } from "../cluster/ledger.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { Trouble } from "../cli-error.ts";

export interface ArchiveListOptions extends GlobalOptions {
  readonly json?: boolean;
}

export interface ArchiveDropOptions extends GlobalOptions {
  /** In seconds. */
  readonly olderThan?: number;
  readonly migration?: string;
  readonly yes?: boolean;
}

/**
 * `zd archive ls`: what contract and undo have archived, of which migration, how much, and since
 * when.
 */
export async function archiveList(options: ArchiveListOptions): Promise<void> {
  const archives = await withDatabase(options, listArchives);
  const text = options.json === true ? JSON.stringify(archives, null, 2) : linesOf(archives).join("\n");
  process.stdout.write(`${text}\n`);
}

/** `zd archive drop`: drops archives, after a question that says what each of them holds. */
export async function archiveDrop(names: readonly string[], options: ArchiveDropOptions): Promise<void> {
  const choice: Choice = {
    names,
    olderThanSeconds: options.olderThan ?? null,
    migration: options.migration ?? null,
  };
  if (names.length === 0 && choice.olderThanSeconds === null)
    throw new Trouble(
      "usage",
      "Cannot drop archives as none is chosen.",
      "Name them, or an age: zd archive drop --older-than 30d",
    );
  const { drop, kept } = choose(await withDatabase(options, listArchives), choice);
  for (const reason of kept) process.stdout.write(`Kept: ${printable(reason)}\n`);
  if (drop.length === 0)
    throw new Trouble(
      "refused",
      "There is no archive to drop. Nothing was changed.",
      "zd archive ls shows what there is.",
    );
  const lost = drop.map((archive) => `  ${printable(`${archive.name}: ${loss(archive)}`)}`);
  await agreed(`Dropping ${drop.length} of the archives cannot be undone:\n${lost.join("\n")}\n`, options);
  await withDatabase(options, (client) => dropArchives(client, choice, drop));
  process.stdout.write(`Dropped ${drop.map(({ name }) => printable(name)).join(", ")}.\n`);
}

async function withDatabase<T>(options: GlobalOptions, ask: Parameters<typeof askLedger<T>>[2]): Promise<T> {
  const { known, project } = await openContext(options);
  const cluster = await reachCluster(known.cluster, project.folder);
  try {
    const answer = await askLedger(cluster, known, ask);
    if (answer !== null) return answer;
    throw new Trouble(
      "refused",
      "There are no archives: this stack's database has no ledger yet.",
      "zd status",
    );
  } finally {
    cluster.close();
  }
}

/** One line for each archive. */
export function linesOf(archives: readonly Archive[]): string[] {
  if (archives.length === 0) return ["There are no archives."];
  return archives.map(({ name, migration, rows, bytes, since }) => {
    const what = name.startsWith("old_") ? "dropped by contract" : "kept by an undo";
    const size = `${rows === null ? "?" : `about ${Math.round(rows)}`} rows, ${Math.ceil(bytes / 1024)} KiB`;
    return printable(`${name}: ${what} of ${migration ?? "unknown"}, ${size}, since ${since ?? "unknown"}`);
  });
}
