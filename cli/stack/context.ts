import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Release } from "../../release/release.ts";
import type { FoundVerdict } from "../../release/verdict.ts";
import { reachCluster, type ClusterApi } from "../cluster/cluster-api.ts";
import { configuredRelease, knownOf } from "./stack-config.ts";
import { readLedger, type FoundSchema } from "../cluster/ledger.ts";
import { readDrift, type StackConfig } from "./stage-versions.ts";
import { standsAt, type Past } from "./stack-state.ts";
import { findProject, type GlobalOptions, type Project } from "./project.ts";
import { look, type Sight } from "../cluster/live-state.ts";
import { entrancesKnown } from "./entrances-known.ts";
import { readPast } from "./stack.ts";
import type { Answer, Circumstances } from "../moves/status.ts";
import { Trouble } from "../cli-error.ts";
import { readVerdict } from "../cluster/verdict.ts";

/** The stack that is meant, with its config. */
export type Context = StackConfig;

/** @throws {Trouble} where stack or config are not there */
export async function openContext(options: GlobalOptions): Promise<Context> {
  const project = await findProject(options);
  if (!existsSync(project.configFile)) {
    throw new Trouble(
      "usage",
      `Cannot find the config of stack ${project.stack}: there is no ${project.configFile}.`,
      "Write one with zd init, or name another stack with --stack.",
    );
  }
  const text = await readFile(project.configFile, "utf8");
  return { project, text, known: knownOf(text, project.configFile) };
}

/** The same stack, with its config written anew. */
export async function writeConfig({ project }: Context, text: string): Promise<Context> {
  // What could not be read again is not written.
  const known = knownOf(text, project.configFile);
  await writeFile(project.configFile, text);
  return { project, text, known };
}

/** The release as config describes it, with the migrations of the checkout. */
export const configuredIn = ({ project, known }: Context, past: Past): Release =>
  configuredRelease(known, past, migrationsIn(project));

/** Ids of the migrations in the checkout, in order. */
export function migrationsIn({ folder }: Project): string[] {
  const migrations = join(folder, "migrations");
  if (!existsSync(migrations)) return [];
  return readdirSync(migrations)
    .filter((name) => /^\d{4}-/.test(name))
    .sort();
}

/**
 * State, cluster and database, asked side by side; what does not answer is said, and
 * hides nothing else.
 */
export async function gather(context: Context): Promise<Circumstances> {
  const { project, known } = context;
  const cluster = reachCluster(known.cluster, project.folder);
  const state = readPast(project);
  const [past, sight, schema, verdict, drift] = await Promise.all([
    state,
    answer<Sight>(async () => {
      const { records } = await state;
      return look(await cluster, known, entrancesKnown(known, records, known.active));
    }),
    answer<FoundSchema | null>(async () => readLedger(await cluster, known)),
    answer<FoundVerdict>(async () => readVerdict(await cluster, known)),
    answer<string | null>(async () => driftNow(context, await state)),
  ]);
  await closed(cluster);
  const configured = configuredIn(context, past);
  return {
    stack: project.stack,
    app: known.app.name,
    past,
    configured,
    sight,
    schema,
    verdict: "unknown" in verdict ? { unreadable: verdict.unknown } : verdict.found,
    drift,
    allowance: known.canary.pass ?? null,
  };
}

/** In what the manifests differ from what was prepared from them last. */
async function driftNow(context: Context, past: Past): Promise<string | null> {
  const stands = standsAt(past);
  return stands && readDrift(context, past, stands);
}

async function answer<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { found: await ask() };
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}

/** A cluster that was never reached has nothing to close. */
async function closed(cluster: Promise<ClusterApi>): Promise<void> {
  await cluster.then(
    (api) => api.close(),
    () => undefined,
  );
}
