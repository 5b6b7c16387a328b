import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { folders } from "../../local/folders.ts";
import { inodesOf, openSockets } from "../../local/machine/listeners.ts";
import { markedProcesses } from "../../local/machine/owned-processes.ts";
import { readIfThere } from "../../local/machine/process-identity.ts";

/** The first use of iptables brings these, with the policy they have anyway. */
const BUILT_IN_CHAIN = /^:[A-Z]+ ACCEPT/;

/** All that the environment could leave on a machine: kind of thing → its instances. */
export type Footprint = Readonly<Record<string, readonly string[]>>;

const settings = [
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/route_localnet",
  "net/netfilter/nf_conntrack_max",
];
const places = [
  "/run/containerd",
  "/run/netns",
  "/var/lib/cni",
  "/var/lib/kubelet",
  "/var/log/containers",
  "/var/log/pods",
];

/** What is there now. */
export async function footprint(): Promise<Footprint> {
  const { run } = folders();
  return {
    interfaces: (await lines("ip", ["-o", "link"])).map((line) => line.split(":")[1]?.trim() ?? ""),
    addresses: (await lines("ip", ["-o", "address"])).map((line) => line.split(/\s+/).slice(1, 4).join(" ")),
    routes: await lines("ip", ["route", "show", "table", "all"]),
    namespaces: await lines("ip", ["netns", "list"]),
    "firewall rules": [...(await rules("iptables-save")), ...(await rules("ip6tables-save"))],
    "ip sets": await lines("ipset", ["list", "-name"]),
    mounts: (readIfThere("/proc/self/mountinfo") ?? "")
      .split("\n")
      .map((line) => line.split(" ")[4] ?? "")
      .sort(),
    "control groups": controlGroups("/sys/fs/cgroup", 2),
    settings: settings.map((name) => `${name} = ${readIfThere(`/proc/sys/${name}`)?.trim()}`),
    processes: processesOf(run),
    folders: places.filter((place) => fs.existsSync(place)),
    "state of the run": fs.existsSync(run) ? fs.readdirSync(run) : [],
  };
}

/** What is in one and not in the other, as lines; empty when they are equal. */
export function differences(before: Footprint, after: Footprint): string[] {
  return Object.keys(before).flatMap((kind) => {
    const [was, is] = [new Set(before[kind]), new Set(after[kind])];
    const added = [...is].filter((each) => !was.has(each)).map((each) => `${kind}: left behind: ${each}`);
    const missing = [...was].filter((each) => !is.has(each)).map((each) => `${kind}: gone: ${each}`);
    return [...added, ...missing];
  });
}

/**
 * Addresses on which the environment's own processes listen, that are neither loopback
 * nor its own bridge.
 */
export function listensElsewhere(): string[] {
  const inodes = new Set(markedProcesses(folders().run).flatMap(({ pid }) => inodesOf(pid)));
  return openSockets()
    .filter(({ inode, address }) => inodes.has(inode) && !/^(127\.|10\.87\.0\.1$)/.test(address))
    .map(({ address, port }) => `${address}:${port}`);
}

function processesOf(run: string): string[] {
  const byWord = fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(
      (pid) => /containerd-shim|kubelet|kube-apiserver/.test(commandOf(pid)) && commandOf(pid).includes(run),
    );
  const marked = markedProcesses(run).map(({ pid }) => String(pid));
  return [...new Set([...byWord, ...marked])].map((pid) => `${pid} ${commandOf(pid)}`);
}

function commandOf(pid: string): string {
  return (readIfThere(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").slice(0, 160);
}

function controlGroups(folder: string, depth: number): string[] {
  if (depth === 0 || !fs.existsSync(folder)) return [];
  const below = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below.flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return [full, ...controlGroups(full, depth - 1)];
  });
}

async function rules(tool: string): Promise<string[]> {
  return (await lines(tool, []))
    .filter((line) => /^(-A|:)/.test(line) && !BUILT_IN_CHAIN.test(line))
    .map((line) => `${tool} ${line.replace(/ \[.*\]/, "")}`);
}

async function lines(file: string, args: readonly string[]): Promise<string[]> {
  const result = await execa(file, args, { reject: false });
  return result.stdout.split("\n").filter((line) => line.trim() !== "");
}
