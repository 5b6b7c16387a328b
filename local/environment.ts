import * as fs from "node:fs";
import * as path from "node:path";
import { kubeconfigFile } from "./certificates.ts";
import { endStrays } from "./machine/daemon.ts";
import { folders as defaultFolders, type Folders } from "./folders.ts";
import { buildImage } from "./build/images.ts";
import { kubectlCache } from "./kubectl.ts";
import { installNeeds, isMet } from "./build/install.ts";
import { withLock } from "./machine/lock.ts";
import { markedProcesses } from "./machine/owned-processes.ts";
import { folderOf } from "./build/dependency.ts";
import { network } from "./machine/network.ts";
import type { Context, Part } from "./component.ts";
import { parts } from "./components.ts";
import { imagesRecord, nodeImage } from "./parts/base-images.ts";
import { gateway } from "./parts/contour.ts";
import { bridgeOwner } from "./parts/host-network.ts";
import { clusterUrl, publicUrl } from "./parts/envoy.ts";
import { database, databaseVersion, removeSystemUser } from "./parts/postgres.ts";
import { registryAddress } from "./parts/registry.ts";
import { bootId, readIfThere } from "./machine/process-identity.ts";
import {
  pluginOrigins,
  pulumiHome,
  refusalRecord,
  type PluginName,
  type PluginOrigin,
} from "./build/pulumi-plugins.ts";
import { silentReport, streamReport, type Report } from "./report.ts";
import { inspectMachine, obstacles, refusal } from "./build/requirements.ts";
import { refuseTakenPorts } from "./machine/port-conflicts.ts";
import { kubernetes, node, pulumi } from "./build/toolchain.ts";
import { waitUntil } from "./machine/wait-until.ts";
import { unmountBelow } from "./machine/unmount-below.ts";

/**
 * All that a program needs to know of the running environment; also in
 * `<cache>/run/environment.json`.
 */
export interface Environment {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Host and port of the image registry, the same for this machine and for the cluster. */
  readonly registry: string;
  /** Base image with Node for Dockerfiles, by digest. */
  readonly nodeImage: string;
  /** The superuser of PostgreSQL; the host is reachable from pods and from this machine. */
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly version: string;
  };
  readonly gateway: {
    readonly name: string;
    readonly namespace: string;
    /** For load and people, on 127.0.0.1. */
    readonly publicUrl: string;
    /** The same listener as pods reach it. */
    readonly clusterUrl: string;
  };
  /** Where NodePorts answer. */
  readonly nodePortHost: string;
  readonly plugins: Readonly<Record<PluginName, PluginOrigin | undefined>>;
  /** What a child `pulumi` or `kubectl` needs in its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Builds an image and pushes it to the registry; not in the file. */
  readonly build: typeof buildImage;
}

/** How one part is doing. */
export interface PartStatus {
  readonly part: Part;
  readonly problem: string | undefined;
}

const ALL_READY_LIMIT_MILLISECONDS = 60_000;

const allNeeds = parts.flatMap((part) => part.needs);

/** What the parts keep in the cache besides the folders of their needs. */
const cachedNames = ["registry", "buildah", "pulumi-home", imagesRecord, refusalRecord];

/** Fetches and builds what is missing, and starts nothing. */
export async function install(report: Report = streamReport(), folders = defaultFolders()): Promise<void> {
  const context: Context = { folders, report };
  await refuseUnfitMachine(context, "to build");
  await withLock(folders.cache, report, () => installNeeds(context, allNeeds));
}

/** Brings every part up, or back up; what already works is left alone. */
export async function up(report: Report = streamReport(), folders = defaultFolders()): Promise<Environment> {
  const context: Context = { folders, report };
  await refuseUnfitMachine(context, "to run");
  return withLock(folders.cache, report, async () => {
    await forgetEarlierBoot(context);
    await refuseTakenPorts(context, parts);
    await installNeeds(context, allNeeds);
    fs.mkdirSync(folders.run, { recursive: true, mode: 0o700 });
    fs.writeFileSync(path.join(folders.run, "boot"), bootId());
    for (const part of parts) await part.install?.(context);
    await startParts(context);
    const environment = await describe(context);
    const { build: _build, ...written } = environment;
    fs.writeFileSync(environmentFile(folders), JSON.stringify(written, null, 2), { mode: 0o600 });
    return environment;
  });
}

async function refuseUnfitMachine(context: Context, purpose: "to build" | "to run"): Promise<void> {
  const { cache, run } = context.folders;
  const built = allNeeds.every((need) => need.kind !== "go" || isMet(context, need));
  const machine = await inspectMachine(cache, built, run);
  const found = obstacles(purpose === "to build" ? { ...machine, otherNodes: [] } : machine);
  if (found.length > 0) throw new Error(refusal(found));
}

/** Ends every part and takes away all it has put on this machine but the cache. */
export async function down(report: Report = streamReport(), folders = defaultFolders()): Promise<void> {
  const context: Context = { folders, report };
  if (!(await isSomethingThere(context))) {
    report.say("Nothing to end: the environment is not running.");
    return;
  }
  if (process.getuid?.() !== 0) throw new Error("Cannot end the environment as this needs root. Use sudo");
  await withLock(folders.cache, report, () => takeDown(context));
}

async function isSomethingThere({ folders }: Context): Promise<boolean> {
  if (process.platform !== "linux") return false;
  if (fs.existsSync(folders.run) || markedProcesses(folders.run).length > 0) return true;
  return (await bridgeOwner()) === folders.run;
}

/** Ends everything and removes the cache too; only Debian's packages and Go's own caches stay. */
export async function purge(report: Report = streamReport(), folders = defaultFolders()): Promise<void> {
  await down(report, folders);
  await removeSystemUser();
  const built = allNeeds.filter((need) => need.kind !== "debian");
  const names = [...built.map((need) => path.basename(folderOf(folders, need))), ...cachedNames];
  // By name: whoever points ZERO_DOWNTIME_CACHE at a folder of theirs keeps the rest of it.
  for (const name of names) fs.rmSync(path.join(folders.cache, name), { recursive: true, force: true });
  if (fs.existsSync(folders.cache) && fs.readdirSync(folders.cache).length === 0) fs.rmdirSync(folders.cache);
  report.say(`What was built in ${folders.cache} is removed. The next start builds everything anew.`);
}

/** How each part is doing; all of them are asked at once. */
export async function status(folders = defaultFolders()): Promise<PartStatus[]> {
  return statusIn({ folders, report: silentReport });
}

function statusIn(context: Context): Promise<PartStatus[]> {
  return Promise.all(parts.map(async (part) => ({ part, problem: await problemOf(context, part) })));
}

/** @throws {Error} when nothing runs */
export function readEnvironment(folders = defaultFolders()): Environment {
  const text = readIfThere(environmentFile(folders));
  if (text === undefined) throw new Error("Cannot tell addresses as nothing runs. Type: npm run local -- up");
  return { ...(JSON.parse(text) as Omit<Environment, "build">), build: buildImage };
}

export function environmentFile(folders: Folders): string {
  return path.join(folders.run, "environment.json");
}

async function problemOf(context: Context, part: Part): Promise<string | undefined> {
  try {
    return await part.ready(context);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Starts what is not well; what is well is asked too, as its configuration may have changed, which
 * is quick.
 */
async function startParts(context: Context): Promise<void> {
  const problems = new Map((await statusIn(context)).map(({ part, problem }) => [part, problem]));
  for (const part of parts) {
    if (problems.get(part) === undefined) await part.start(context);
    else await context.report.step(`Starting ${part.name}`, () => part.start(context));
  }
  const firstProblem = async () => {
    const ailing = (await statusIn(context)).find(({ problem }) => problem !== undefined);
    return ailing === undefined ? undefined : `${ailing.part.name}: ${ailing.problem}`;
  };
  if ([...problems.values()].some((problem) => problem !== undefined)) {
    await waitUntil("the environment", firstProblem, ALL_READY_LIMIT_MILLISECONDS);
  }
}

/** One part that cannot be ended does not keep the others from it. */
async function takeDown(context: Context): Promise<void> {
  const { folders, report } = context;
  const failures: string[] = [];
  const attempt = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  };
  for (const part of parts.toReversed()) await attempt(() => part.stop(context));
  await attempt(() => endStrays(folders));
  await attempt(() => unmountBelow(folders.run));
  if (failures.length > 0) {
    throw new Error(`${failures.join("\n")}\nThe rest is down. To try again, type: npm run local -- down`);
  }
  fs.rmSync(folders.run, { recursive: true, force: true });
  report.say(`Everything is down. What was built stays in ${folders.cache}.`);
}

/**
 * After a restart of the machine all processes, mounts and interfaces are gone, and their records
 * mean nothing.
 */
async function forgetEarlierBoot(context: Context): Promise<void> {
  const earlier = readIfThere(path.join(context.folders.run, "boot"));
  if (earlier === undefined || earlier === bootId()) return;
  context.report.say("The machine was restarted since the last start: beginning afresh.");
  await takeDown(context);
}

async function describe(context: Context): Promise<Environment> {
  const { folders } = context;
  const kubeconfig = kubeconfigFile(context, "admin");
  const programs = [pulumi, kubernetes, node].map((need) => folderOf(folders, need));
  return {
    kubeconfig,
    registry: registryAddress,
    nodeImage: nodeImage(context),
    database: { ...database(context), version: await databaseVersion(context) },
    gateway: { name: gateway.name, namespace: gateway.namespace, publicUrl, clusterUrl },
    nodePortHost: network.loopback,
    plugins: pluginOrigins(context),
    variables: {
      NO_PROXY: [process.env["NO_PROXY"] ?? "", network.loopback, "localhost", network.wholeRange]
        .filter(Boolean)
        .join(","),
      PATH: [...programs, ...callersPath()].join(":"),
      PULUMI_HOME: pulumiHome(context),
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: kubectlCache(context),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // Node keeps what it has compiled: the program starts in half the time, and so does every
      // plugin written in TypeScript.
      NODE_COMPILE_CACHE: path.join(context.folders.cache, "compiled-scripts"),
    },
    build: buildImage,
  };
}

/** Without the folders that npm adds for its scripts. */
function callersPath(): string[] {
  return (process.env["PATH"] ?? "").split(":").filter((place) => !place.includes("node_modules"));
}
