import { serviceUrl } from "../kubernetes/object-kind.ts";
import { workloadService, type Followed } from "../traffic/entrance.ts";
import type { Workload } from "../../release/workload.ts";

type Port = Followed["ports"][number];

/** What a port speaks, as far as the Service says it. */
type Speaks = "http" | "something else" | "not said";

/** Where checks send their requests, or why they can send none. */
export type CheckUrl = { readonly url: string } | { readonly why: string };

/**
 * Where checks reach the pods of a workload, past the entrance: at the first port of the Service
 * that speaks HTTP, which is what checks speak.
 */
export function checkUrl(
  { name, ports }: Pick<Followed, "name" | "ports">,
  workload: Workload,
  namespace: string,
): CheckUrl {
  return urlAt(workloadService(name, workload), httpPort(ports), namespace, ports);
}

/** The same of the Service itself, where users come in by it. */
export const publicUrl = ({ name, ports }: Pick<Followed, "name" | "ports">, namespace: string): CheckUrl =>
  urlAt(name, httpPort(ports), namespace, ports);

function urlAt(name: string, port: Port | null, namespace: string, ports: readonly Port[]): CheckUrl {
  if (port === null) {
    const all = ports.map(describePort).join(", ");
    return {
      why: `checks and the probe speak HTTP alone, without TLS, and no port of the Service ${name} does: ${all}`,
    };
  }
  return { url: serviceUrl({ namespace, name }, port.port) };
}

/**
 * The first port, unless it says that it speaks something else: then the first that says HTTP, and
 * else the first that says nothing.
 */
export function httpPort(ports: readonly Port[]): Port | null {
  const [first] = ports;
  if (first && speaks(first) !== "something else") return first;
  const saying = (what: Speaks) => ports.find((port) => speaks(port) === what);
  return saying("http") ?? saying("not said") ?? null;
}

/** What `appProtocol` may say of HTTP; version 2 without TLS (`kubernetes.io/h2c`) is another. */
const HTTP_PROTOCOLS = ["http", "kubernetes.io/ws"];

/** What a name says by its beginning up to a dash: a convention of meshes and people. */
const BY_NAME: ReadonlyMap<string, Speaks> = new Map([
  ...["http", "web"].map((name) => [name, "http"] as const),
  ...["https", "tls", "ssl", "grpc", "grpcs", "http2", "h2c", "tcp", "udp", "mongo", "mysql", "redis"].map(
    (name) => [name, "something else"] as const,
  ),
]);

/** Without a name that says anything: these ports are for TLS everywhere. */
const TLS_PORTS = [443, 8443];

function speaks({ protocol = "TCP", appProtocol, name, port, targetPort }: Port): Speaks {
  if (protocol !== "TCP") return "something else";
  if (appProtocol !== undefined)
    return HTTP_PROTOCOLS.includes(appProtocol.toLowerCase()) ? "http" : "something else";
  // The pods' own name for it comes first: a load balancer may end TLS in front of them.
  const names = [targetPort, name].filter((each) => typeof each === "string");
  const [said] = names.flatMap((each) => BY_NAME.get(each.split("-")[0] ?? "") ?? []);
  return said ?? (TLS_PORTS.includes(port) ? "something else" : "not said");
}

const describePort = ({ name, port, protocol = "TCP", appProtocol }: Port): string =>
  `${[name, port].filter((part) => part !== undefined).join(" ")} (${appProtocol ?? protocol})`;
