import * as fs from "node:fs";
import * as path from "node:path";
import { command } from "./machine/command.ts";
import type { Context } from "./component.ts";
import { writeIfChanged } from "./machine/write-if-changed.ts";
import { network, ports } from "./machine/network.ts";

/** Who gets a certificate, and as whom Kubernetes then knows it. */
interface Subject {
  readonly file: string;
  readonly name: string;
  readonly group?: string;
  /** Names and addresses for a certificate that serves. */
  readonly serves?: readonly string[];
}

const subjects: readonly Subject[] = [
  {
    file: "apiserver",
    name: "kube-apiserver",
    serves: [
      ...[
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
      ].map((name) => `DNS:${name}`),
      `IP:${network.nodeAddress}`,
      `IP:${network.kubernetesServiceAddress}`,
    ],
  },
  {
    file: "kubelet-serving",
    name: network.nodeName,
    serves: [`DNS:${network.nodeName}`, `IP:${network.nodeAddress}`],
  },
  { file: "apiserver-to-kubelet", name: "kube-apiserver-kubelet-client", group: "system:masters" },
  { file: "admin", name: "admin", group: "system:masters" },
  { file: "controller-manager", name: "system:kube-controller-manager" },
  { file: "scheduler", name: "system:kube-scheduler" },
  { file: "kubelet", name: `system:node:${network.nodeName}`, group: "system:nodes" },
  { file: "kube-proxy", name: "system:kube-proxy" },
];

const DAYS = 365;

export function certificateFile(context: Context, name: string): string {
  return path.join(context.folders.run, "pki", `${name}.crt`);
}

export function keyFile(context: Context, name: string): string {
  return path.join(context.folders.run, "pki", `${name}.key`);
}

export function kubeconfigFile(context: Context, name: string): string {
  return path.join(context.folders.run, "kubeconfig", name);
}

/**
 * Certificates and kubeconfigs of this cluster, made once for each fresh cluster and readable by
 * root only.
 */
export async function makeCertificates(context: Context): Promise<void> {
  const target = path.join(context.folders.run, "pki");
  if (!fs.existsSync(target)) {
    const partial = `${target}.partial`;
    fs.rmSync(partial, { recursive: true, force: true });
    fs.mkdirSync(partial, { recursive: true, mode: 0o700 });
    await makeAuthority(partial);
    await Promise.all(subjects.map((subject) => makeCertificate(partial, subject)));
    await openssl(["genrsa", "-out", path.join(partial, "service-account.key"), "2048"]);
    fs.renameSync(partial, target);
  }
  fs.mkdirSync(path.join(context.folders.run, "kubeconfig"), { recursive: true, mode: 0o700 });
  for (const name of ["admin", "controller-manager", "scheduler", "kubelet", "kube-proxy"]) {
    writeIfChanged(kubeconfigFile(context, name), kubeconfig(context, name), 0o600);
  }
}

async function makeAuthority(folder: string): Promise<void> {
  await openssl([
    ...["req", "-x509", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-keyout", path.join(folder, "ca.key"), "-out", path.join(folder, "ca.crt")],
    ...["-days", String(DAYS), "-subj", "/CN=zero-downtime"],
    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  ]);
}

async function makeCertificate(folder: string, subject: Subject): Promise<void> {
  const file = (ending: string) => path.join(folder, `${subject.file}.${ending}`);
  const group = subject.group === undefined ? "" : `/O=${subject.group}`;
  const usage = subject.serves === undefined ? "clientAuth" : "serverAuth,clientAuth";
  const names = subject.serves === undefined ? "" : `subjectAltName=${subject.serves.join(",")}\n`;
  fs.writeFileSync(file("ext"), `keyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}\n${names}`);
  await openssl([
    ...["req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ...["-keyout", file("key"), "-out", file("csr"), "-subj", `${group}/CN=${subject.name}`],
  ]);
  await openssl([
    ...["x509", "-req", "-in", file("csr"), "-out", file("crt"), "-days", String(DAYS)],
    ...["-CA", path.join(folder, "ca.crt"), "-CAkey", path.join(folder, "ca.key")],
    ...["-set_serial", `0x${Buffer.from(subject.file).toString("hex")}`, "-extfile", file("ext")],
  ]);
  fs.rmSync(file("csr"));
  fs.rmSync(file("ext"));
}

function openssl(args: readonly string[]): Promise<string> {
  return command("openssl", args, { purpose: "make the cluster's certificates" });
}

function kubeconfig(context: Context, name: string): string {
  const base64 = (file: string) => fs.readFileSync(file).toString("base64");
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "zero-downtime",
          cluster: {
            server: `https://${network.nodeAddress}:${ports.apiserver}`,
            "certificate-authority-data": base64(certificateFile(context, "ca")),
          },
        },
      ],
      users: [
        {
          name,
          user: {
            "client-certificate-data": base64(certificateFile(context, name)),
            "client-key-data": base64(keyFile(context, name)),
          },
        },
      ],
      contexts: [{ name: "zero-downtime", context: { cluster: "zero-downtime", user: name } }],
      "current-context": "zero-downtime",
    },
    null,
    2,
  );
}
