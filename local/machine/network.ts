import type { Listener } from "./listeners.ts";

/**
 * Addresses and ports of the environment. Everything listens on 127.0.0.1 or on the
 * node's bridge address; the ports are unusual ones so that a database or a cluster which
 * is already there stays undisturbed.
 */
export const network = {
  bridge: "zd0",
  /** The node: kubelet, API server and PostgreSQL as pods see them. */
  nodeAddress: "10.87.0.1",
  nodePrefix: 24,
  nodeRange: "10.87.0.0/24",
  podRange: "10.87.64.0/18",
  serviceRange: "10.87.128.0/18",
  kubernetesServiceAddress: "10.87.128.1",
  wholeRange: "10.87.0.0/16",
  loopback: "127.0.0.1",
  nodeName: "zero-downtime",
} as const;

export const ports = {
  registry: 5000,
  etcd: 23790,
  etcdPeer: 23800,
  apiserver: 6443,
  controllerManager: 10257,
  scheduler: 10259,
  kubelet: 10250,
  kubeletHealth: 10248,
  kubeProxyHealth: 10256,
  kubeProxyMetrics: 10249,
  dns: 53,
  dnsReady: 18181,
  contourXds: 18001,
  contourMetrics: 18002,
  contourHealth: 18003,
  contourDebug: 18004,
  envoyStats: 18005,
  /** Contour listens on the Gateway's port + 8000. */
  gatewayListener: 10080,
  gateway: 18080,
  postgres: 15432,
} as const;

export function onLoopback(...numbers: readonly number[]): Listener[] {
  return numbers.map((port) => ({ address: network.loopback, port }));
}

export function onBridge(...numbers: readonly number[]): Listener[] {
  return numbers.map((port) => ({ address: network.nodeAddress, port }));
}
