import * as fs from "node:fs";
import * as path from "node:path";
import { signalIfRunning } from "./daemon.ts";
import { identify, isRunning, readIfThere } from "./process-identity.ts";
import { unmountBelow } from "./unmount-below.ts";
import { waitUntil } from "./wait-until.ts";

const PATIENCE_MILLISECONDS = 10_000;
const CONTAINERD_NAMESPACE = "k8s.io";

/**
 * Ends the containers of one containerd, without asking it: their shims, their processes (found by
 * their control groups), their mounts and sockets. So it works after any crash, and touches nobody
 * else's containers.
 */
export async function removeContainers(containerdFolder: string): Promise<void> {
  const tasks = path.join(containerdFolder, "state", "io.containerd.runtime.v2.task", CONTAINERD_NAMESPACE);
  const ids = fs.existsSync(tasks) ? fs.readdirSync(tasks) : [];
  const sockets = ids.map((id) =>
    readIfThere(path.join(tasks, id, "address"))
      ?.trim()
      .replace("unix://", ""),
  );
  await endAll(shimsOf(containerdFolder));
  await endAll(ids.flatMap((id) => groupFolders(id)).flatMap(processesIn));
  await unmountBelow(containerdFolder);
  for (const folder of ids.flatMap((id) => groupFolders(id))) removeGroup(folder);
  for (const socket of sockets) if (socket !== undefined) fs.rmSync(socket, { force: true });
  removeEmptyParents();
  removeCniResults(containerdFolder);
}

function shimsOf(containerdFolder: string): number[] {
  const socket = path.join(containerdFolder, "containerd.sock");
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const words = (readIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0");
      return path.basename(words[0] ?? "").startsWith("containerd-shim") && words.includes(socket);
    })
    .map(Number);
}

/** The control groups of a container: one per controller in version 1, one in all in version 2. */
function groupFolders(id: string): string[] {
  const root = "/sys/fs/cgroup";
  const hierarchies = ["", ...fs.readdirSync(root)];
  return hierarchies
    .map((name) => path.join(root, name, CONTAINERD_NAMESPACE, id))
    .filter((folder) => fs.existsSync(folder));
}

function processesIn(group: string): number[] {
  const text = readIfThere(path.join(group, "cgroup.procs")) ?? "";
  return text.split("\n").filter(Boolean).map(Number);
}

async function endAll(pids: readonly number[]): Promise<void> {
  const processes = [...new Set(pids)].map((pid) => identify(pid)).filter((each) => each !== undefined);
  for (const each of processes) signalIfRunning(each, "SIGKILL");
  const left = () => processes.filter(isRunning).map((each) => each.pid);
  await waitUntil(
    "the end of the containers",
    async () => (left().length === 0 ? undefined : `still running: ${left().join(", ")}`),
    PATIENCE_MILLISECONDS,
  );
}

function removeGroup(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Still busy for a moment, or already gone: an empty group costs nothing.
    if (code !== "EBUSY" && code !== "ENOENT") throw error;
  }
}

/** rmdir takes only empty groups: those of another containerd stay. */
function removeEmptyParents(): void {
  for (const name of ["", ...fs.readdirSync("/sys/fs/cgroup")]) {
    const folder = path.join("/sys/fs/cgroup", name, CONTAINERD_NAMESPACE);
    if (fs.existsSync(folder)) removeGroup(folder);
  }
}

/**
 * What the network plugins remember of pods; ours are those whose network namespace lies
 * in our folder.
 */
function removeCniResults(containerdFolder: string): void {
  const results = "/var/lib/cni/results";
  for (const name of fs.existsSync(results) ? fs.readdirSync(results) : []) {
    const file = path.join(results, name);
    if (readIfThere(file)?.includes(containerdFolder) === true) fs.rmSync(file, { force: true });
  }
}
