import { command, succeeds } from "./command.ts";
import { network, ports } from "./network.ts";

const FORWARD_CHAIN = "ZERO-DOWNTIME-FWD";
const NAT_CHAIN = "ZERO-DOWNTIME-NAT";

/** The few rules of our own, beside those of kube-proxy. */
export async function addFirewallRules(): Promise<void> {
  for (const rule of ownRules()) await addRule(rule);
}

/** Takes away our rules, and those that kubelet and kube-proxy leave behind when they end. */
export async function removeFirewallRules(): Promise<void> {
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

interface Rule {
  readonly table: string;
  readonly chain: string;
  readonly spec: readonly string[];
  readonly first?: boolean;
}

/**
 * Other people's firewalls may drop what is forwarded; and pods reach the gateway, which listens on
 * loopback, by the node's address.
 */
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

const kubernetesChain = /^(KUBE-|ZERO-DOWNTIME-)/;

/**
 * The rules and chains of `iptables-save` text that belong to Kubernetes or to us, as commands that
 * remove them.
 */
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
