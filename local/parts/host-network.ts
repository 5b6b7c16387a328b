import * as fs from "node:fs";
import * as path from "node:path";
import { command, succeeds } from "../machine/command.ts";
import { addFirewallRules, removeFirewallRules } from "../machine/firewall.ts";
import { network } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { readIfThere } from "../machine/process-identity.ts";
import { debian } from "../build/toolchain.ts";

/** Kernel settings the cluster needs; the values before are noted and put back by `stop`. */
const wantedSettings: Readonly<Record<string, { value: string; atLeast?: boolean }>> = {
  "net/ipv4/ip_forward": { value: "1" },
  "net/ipv4/conf/all/route_localnet": { value: "1" },
  // A closed connection is tracked for two minutes: a load of many fresh connections must not fill
  // the table.
  "net/netfilter/nf_conntrack_max": { value: "1048576", atLeast: true },
};

/** Settings that kube-proxy changes by itself. */
const watchedSettings = ["net/netfilter/nf_conntrack_tcp_be_liberal", "net/ipv4/vs/conntrack"];

/**
 * A bridge with the node's address, the routes to pods and Services, and the few firewall rules of
 * our own.
 */
export const hostNetwork: Part = {
  name: "network",
  needs: [debian.iproute, debian.iptables, debian.conntrack, debian.ipset],
  start: async (context) => {
    await refuseForeignRoutes();
    noteSettings(context);
    await makeBridge(context.folders.run);
    for (const [name, wanted] of Object.entries(wantedSettings)) raiseSetting(name, wanted);
    await addFirewallRules();
  },
  ready: async () => {
    if (!(await succeeds("ip", ["link", "show", network.bridge]))) return `no bridge ${network.bridge}`;
    const forward = readIfThere("/proc/sys/net/ipv4/ip_forward")?.trim();
    return forward === "1" ? undefined : "net.ipv4.ip_forward is off";
  },
  stop: async (context) => {
    const hasBridge = (await bridgeOwner()) === context.folders.run;
    // Where nothing of ours was started, the rules of a Kubernetes are somebody else's.
    if (!hasBridge && !fs.existsSync(settingsFile(context))) return;
    await removeFirewallRules();
    await removePodInterfaces();
    if (hasBridge) await command("ip", ["link", "delete", network.bridge]);
    await forgetConnections();
    restoreSettings(context);
  },
  address: () => `${network.nodeAddress} on ${network.bridge}`,
};

/** The run folder of the environment that made the bridge: there may be one for each cache. */
export async function bridgeOwner(): Promise<string | undefined> {
  if (!(await succeeds("ip", ["link", "show", network.bridge]))) return undefined;
  return /\balias (.+)/.exec(await command("ip", ["link", "show", network.bridge]))?.[1]?.trim();
}

async function makeBridge(run: string): Promise<void> {
  if (!(await succeeds("ip", ["link", "show", network.bridge]))) {
    await command("ip", ["link", "add", network.bridge, "type", "bridge"], { purpose: "make the bridge" });
  }
  await command("ip", ["link", "set", network.bridge, "alias", run]);
  const address = `${network.nodeAddress}/${network.nodePrefix}`;
  await command("ip", ["address", "replace", address, "dev", network.bridge]);
  await command("ip", ["link", "set", network.bridge, "up"]);
  // Service addresses never leave the machine, also where there is no default route to carry them
  // to the firewall rules.
  await command("ip", [
    "route",
    "replace",
    network.serviceRange,
    "dev",
    network.bridge,
    "src",
    network.nodeAddress,
  ]);
}

async function refuseForeignRoutes(): Promise<void> {
  const routes = (await command("ip", ["-4", "route", "show"])).split("\n");
  const prefix = network.nodeAddress.split(".").slice(0, 2).join(".");
  const foreign = routes.find(
    (route) =>
      route.startsWith(`${prefix}.`) && !route.includes(network.bridge) && !route.includes("dev veth"),
  );
  if (foreign === undefined) return;
  throw new Error(
    `Cannot use ${network.wholeRange} for nodes, pods and Services as this machine already has a route there: ${foreign.trim()}. ` +
      `Remove it, or use another cluster (any kubeconfig will do).`,
  );
}

function settingsFile(context: Context): string {
  return path.join(context.folders.run, "settings-before.json");
}

function noteSettings(context: Context): void {
  if (fs.existsSync(settingsFile(context))) return;
  const names = [...Object.keys(wantedSettings), ...watchedSettings];
  const before = names.map((name) => [name, readIfThere(`/proc/sys/${name}`)?.trim()] as const);
  fs.writeFileSync(settingsFile(context), JSON.stringify(Object.fromEntries(before)));
}

function raiseSetting(name: string, wanted: { value: string; atLeast?: boolean }): void {
  const now = readIfThere(`/proc/sys/${name}`)?.trim();
  if (now === undefined || now === wanted.value) return;
  if (wanted.atLeast === true && Number(now) >= Number(wanted.value)) return;
  try {
    fs.writeFileSync(`/proc/sys/${name}`, wanted.value);
  } catch (error) {
    // More room is welcome, but some machines do not give it; the others are needed.
    if (wanted.atLeast !== true) throw error;
  }
}

function restoreSettings(context: Context): void {
  const text = readIfThere(settingsFile(context));
  if (text === undefined) return;
  for (const [name, before] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    const now = readIfThere(`/proc/sys/${name}`)?.trim();
    if (now !== undefined && now !== before) fs.writeFileSync(`/proc/sys/${name}`, before);
  }
  fs.rmSync(settingsFile(context));
}

/**
 * Pods' interfaces go with their namespaces; what a broken pod left behind is found by its address.
 */
async function removePodInterfaces(): Promise<void> {
  const links = await command("ip", ["-4", "-o", "address", "show"]);
  const gateway = network.podRange.replace(/0\/\d+$/, "1");
  for (const line of links.split("\n").filter((each) => each.includes(` ${gateway}/`))) {
    const name = line.trim().split(/\s+/)[1] ?? "";
    if (name.startsWith("veth")) await succeeds("ip", ["link", "delete", name]);
  }
}

async function forgetConnections(): Promise<void> {
  for (const direction of ["-s", "-d"]) await succeeds("conntrack", ["-D", direction, network.wholeRange]);
}
