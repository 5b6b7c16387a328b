import * as fs from "node:fs";
import * as path from "node:path";
import { command, succeeds } from "../command.ts";
import { network, ports } from "../network.ts";
import type { Context, Part } from "../part.ts";
import { readIfThere } from "../process-identity.ts";
import { debian } from "../toolchain.ts";

const FORWARD_CHAIN = "ZERO-DOWNTIME-FWD";
const NAT_CHAIN = "ZERO-DOWNTIME-NAT";

/** Kernel settings the cluster needs; the values before are noted and put back by `stop`. */
const wantedSettings: Readonly<Record<string, { value: string; atLeast?: boolean }>> = {
  "net/ipv4/ip_forward": { value: "1" },
  "net/ipv4/conf/all/route_localnet": { value: "1" },
  // A closed connection is tracked for two minutes: a load of many fresh connections must not fill the table.
  "net/netfilter/nf_conntrack_max": { value: "1048576", atLeast: true },
};

/** Settings that kube-proxy changes by itself. */
const watchedSettings = ["net/netfilter/nf_conntrack_tcp_be_liberal", "net/ipv4/vs/conntrack"];

/** A bridge with the node's address, the routes to pods and Services, and the few firewall rules of our own. */
export const hostNetwork: Part = {
  name: "network",
  needs: [debian.iproute, debian.iptables, debian.conntrack, debian.ipset],
  start: async (context) => {
    await refuseForeignRoutes();
    noteSettings(context);
    await makeBridge();
    for (const [name, wanted] of Object.entries(wantedSettings)) raiseSetting(name, wanted);
    for (const rule of ownRules()) await addRule(rule);
  },
  ready: async () => {
    if (!(await succeeds("ip", ["link", "show", network.bridge]))) return `no bridge ${network.bridge}`;
    const forward = readIfThere("/proc/sys/net/ipv4/ip_forward")?.trim();
    return forward === "1" ? undefined : "net.ipv4.ip_forward is off";
  },
  stop: async (context) => {
    await removeFirewallRules();
    await removePodInterfaces();
    if (await succeeds("ip", ["link", "show", network.bridge])) {
      await command("ip", ["link", "delete", network.bridge]);
    }
    await forgetConnections();
    restoreSettings(context);
  },
  address: () => `${network.nodeAddress} on ${network.bridge}`,
};

interface Rule {
  readonly table: string;
  readonly chain: string;
  readonly spec: readonly string[];
  readonly first?: boolean;
}

/** Other people's firewalls may drop what is forwarded; and pods reach the gateway, which listens on loopback, by the node's address. */
function ownRules(): Rule[] {
  const gateway = [...["-d", network.nodeAddress, "-p", "tcp", "--dport", String(ports.gateway)]];
  return [
    { table: "filter", chain: FORWARD_CHAIN, spec: ["-s", network.wholeRange, "-j", "ACCEPT"] },
    { table: "filter", chain: FORWARD_CHAIN, spec: ["-d", network.wholeRange, "-j", "ACCEPT"] },
    { table: "filter", chain: "FORWARD", spec: ["-j", FORWARD_CHAIN], first: true },
    {
      table: "nat",
      chain: NAT_CHAIN,
      spec: [...gateway, "-j", "DNAT", "--to-destination", `${network.loopback}:${ports.gateway}`],
    },
    { table: "nat", chain: "PREROUTING", spec: ["-j", NAT_CHAIN], first: true },
    { table: "nat", chain: "OUTPUT", spec: ["-j", NAT_CHAIN], first: true },
  ];
}

async function addRule(rule: Rule): Promise<void> {
  const base = ["-w", "-t", rule.table];
  if (rule.chain.startsWith("ZERO-") && !(await succeeds("iptables", [...base, "-n", "-L", rule.chain]))) {
    await command("iptables", [...base, "-N", rule.chain]);
  }
  if (await succeeds("iptables", [...base, "-C", rule.chain, ...rule.spec])) return;
  await command("iptables", [...base, rule.first === true ? "-I" : "-A", rule.chain, ...rule.spec]);
}

async function makeBridge(): Promise<void> {
  if (!(await succeeds("ip", ["link", "show", network.bridge]))) {
    await command("ip", ["link", "add", network.bridge, "type", "bridge"], { purpose: "make the bridge" });
  }
  const address = `${network.nodeAddress}/${network.nodePrefix}`;
  await command("ip", ["address", "replace", address, "dev", network.bridge]);
  await command("ip", ["link", "set", network.bridge, "up"]);
  // Service addresses never leave the machine, also where there is no default route to carry them to the firewall rules.
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
  fs.writeFileSync(`/proc/sys/${name}`, wanted.value);
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

const kubernetesChain = /^(KUBE-|ZERO-DOWNTIME-|CNI-)/;

/** The rules and chains of `iptables-save` text that belong to Kubernetes or to us, as commands that remove them. */
export function removalsFrom(saved: string): { table: string; args: string[] }[] {
  const jumps: { table: string; args: string[] }[] = [];
  const flushes: { table: string; args: string[] }[] = [];
  const deletions: { table: string; args: string[] }[] = [];
  let table = "filter";
  for (const line of saved.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1).trim();
    const chain = /^:(\S+)/.exec(line)?.[1];
    if (chain !== undefined && kubernetesChain.test(chain)) {
      flushes.push({ table, args: ["-F", chain] });
      deletions.push({ table, args: ["-X", chain] });
    }
    const rule = /^-A (\S+) (.*)$/.exec(line);
    const target = /-j (\S+)/.exec(rule?.[2] ?? "")?.[1] ?? "";
    if (rule !== null && !kubernetesChain.test(rule[1] ?? "") && kubernetesChain.test(target)) {
      jumps.push({ table, args: ["-D", rule[1] ?? "", ...splitRule(rule[2] ?? "")] });
    }
  }
  return [...jumps, ...flushes, ...deletions];
}

/** The words of a saved rule; comments stand in quotation marks. */
function splitRule(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

async function removeFirewallRules(): Promise<void> {
  for (const tool of ["iptables", "ip6tables"]) {
    if (!(await succeeds(`${tool}-save`, []))) continue;
    const saved = await command(`${tool}-save`, []);
    for (const removal of removalsFrom(saved)) {
      await command(tool, ["-w", "-t", removal.table, ...removal.args], {
        purpose: "remove a firewall rule",
      });
    }
  }
}

/** Pods' interfaces go with their namespaces; what a broken pod left behind is found by its address. */
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
