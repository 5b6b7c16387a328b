import * as fs from "node:fs";
import * as os from "node:os";
import { execa } from "execa";
import { findProgram } from "./install.ts";
import { readIfThere } from "../machine/process-identity.ts";

/** What there is on a machine, as far as it decides whether the environment can run. */
export interface Machine {
  readonly platform: string;
  readonly architecture: string;
  readonly userId: number;
  /** `apt-get` is there. */
  readonly debianLike: boolean;
  /** The answer of `go version`, `undefined` without Go. */
  readonly goVersion: string | undefined;
  /** Where the state of the running environment will lie. */
  readonly runFolder: string;
  readonly freeGigabytes: number;
  readonly memoryGigabytes: number;
  /** Command lines of a Kubernetes node that already runs here. */
  readonly otherNodes: readonly string[];
}

/**
 * The path of a Unix socket has room for 107 characters; the longest below the folder
 * needs 40 of them.
 */
const RUN_FOLDER_LENGTH = 67;
const OLDEST_GO = [1, 25] as const;
const DISK_GIGABYTES = 10;
const MEMORY_GIGABYTES = 4;

const instead =
  "What to do instead: none of this is needed with a Kubernetes cluster, an image registry and a PostgreSQL at hand; " +
  "see docs/rehearsal.md for the settings (a kubeconfig and a database URL will do).";

/**
 * What keeps the environment from running on a machine, all of it at once; empty if nothing does.
 */
export function obstacles(machine: Machine): string[] {
  const found: string[] = [];
  if (machine.platform !== "linux" || machine.architecture !== "x64") {
    found.push(`it needs Linux on x64: this is ${machine.platform} on ${machine.architecture}`);
    return found;
  }
  if (machine.userId !== 0) {
    found.push(
      `it needs root (bridges, firewall rules, containers): this is user ${machine.userId}. Use sudo`,
    );
  }
  if (!machine.debianLike) found.push("it needs a Debian-like system: there is no apt-get");
  if (machine.goVersion === undefined) {
    found.push(
      `it needs Go ${OLDEST_GO.join(".")} or newer to build Kubernetes and Pulumi: there is none on PATH (see https://go.dev/dl)`,
    );
  } else if (isOlder(machine.goVersion)) {
    found.push(`it needs Go ${OLDEST_GO.join(".")} or newer: this is ${machine.goVersion}`);
  }
  if (machine.freeGigabytes < DISK_GIGABYTES) {
    found.push(
      `it needs ${DISK_GIGABYTES} GB of free disk for a first start: there are ${machine.freeGigabytes.toFixed(1)}`,
    );
  }
  if (machine.memoryGigabytes < MEMORY_GIGABYTES) {
    found.push(`it needs ${MEMORY_GIGABYTES} GB of memory: there are ${machine.memoryGigabytes.toFixed(1)}`);
  }
  if (machine.runFolder.length > RUN_FOLDER_LENGTH) {
    found.push(
      `paths of sockets are short: set ZERO_DOWNTIME_CACHE to a shorter one than ${machine.runFolder}`,
    );
  }
  if (machine.otherNodes.length > 0) {
    found.push(
      `another Kubernetes node runs on this machine, and two share one set of firewall rules: ${machine.otherNodes.join("; ")}`,
    );
  }
  return found;
}

/** The one message of a machine on which the environment cannot run. */
export function refusal(found: readonly string[]): string {
  return [
    `Cannot start the one-machine environment here as`,
    ...found.map((line) => `  - ${line}`),
    instead,
  ].join("\n");
}

function isOlder(goVersion: string): boolean {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(goVersion) ?? [];
  return Number(major) < OLDEST_GO[0] || (Number(major) === OLDEST_GO[0] && Number(minor) < OLDEST_GO[1]);
}

/**
 * Looks at this machine.
 *
 * @param built whether the programs are in the cache already: then neither Go nor much
 *   disk is needed
 */
export async function inspectMachine(cache: string, built: boolean, run: string): Promise<Machine> {
  const disk = fs.statfsSync(nearestExisting(cache));
  return {
    platform: process.platform,
    architecture: process.arch,
    userId: process.getuid?.() ?? -1,
    debianLike: findProgram("apt-get") !== undefined,
    goVersion: built ? `go${OLDEST_GO.join(".")}` : await goVersion(),
    runFolder: run,
    freeGigabytes: built ? DISK_GIGABYTES : (disk.bavail * disk.bsize) / 1e9,
    memoryGigabytes: os.totalmem() / 1e9,
    otherNodes: otherNodes(run),
  };
}

async function goVersion(): Promise<string | undefined> {
  const result = await execa("go", ["version"], { reject: false });
  return result.failed ? undefined : result.stdout.trim();
}

function nearestExisting(folder: string): string {
  return fs.existsSync(folder) ? folder : nearestExisting(folder.replace(/\/[^/]*$/, "") || "/");
}

function otherNodes(run: string): string[] {
  if (process.platform !== "linux") return [];
  const network = networkNamespace("self");
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid, words: (readIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0") }))
    .filter(({ words }) => /(^|\/)(kubelet|kube-proxy|k3s|microk8s)$/.test(words[0] ?? ""))
    .filter(
      ({ pid, words }) => !words.some((word) => word.includes(run)) && networkNamespace(pid) === network,
    )
    .map(({ pid, words }) => `pid ${pid} (${words[0] ?? ""})`);
}

/** A node in a container (kind, minikube) has firewall rules of its own and is no obstacle. */
function networkNamespace(pid: string): string | undefined {
  try {
    return fs.readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // Ended meanwhile, or not ours to see.
  }
}
