/**
 * Takes an environment up and down, also in a broken state, and compares what is on the machine
 * before and after.
 *
 *   node local/start.mjs test/local/leak-check.ts in a network namespace and a cache of its own:
 *   harms nothing node local/start.mjs test/local/leak-check.ts --restart with the environment of
 *   this machine: ends what runs there
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { readRecord } from "../../local/machine/daemon.ts";
import { down, up, type Environment } from "../../local/environment.ts";
import { folders } from "../../local/folders.ts";
import { streamReport } from "../../local/report.ts";
import { differences, footprint, listensElsewhere } from "./footprint.ts";

const report = streamReport();
const killed = ["containerd", "kube-proxy", "etcd", "postgres", "kubelet"];

process.exitCode = process.argv.includes("--restart") ? await check() : await isolated();

async function check(): Promise<number> {
  const failures: string[] = [];
  await down(report);
  const before = await footprint();

  await runPods(await up(report));
  failures.push(...listensElsewhere().map((address) => `listens on ${address}`));
  await down(report);
  failures.push(...differences(before, await footprint()).map((line) => `after down: ${line}`));

  await runPods(await up(report));
  for (const name of killed) kill(name);
  await down(report);
  failures.push(...differences(before, await footprint()).map((line) => `after kill -9 and down: ${line}`));

  await runPods(await up(report));
  for (const name of killed) kill(name);
  await runPods(await up(report));
  if (process.env["ZERO_DOWNTIME_LEAK_CHECK"] !== undefined) await down(report);

  for (const failure of failures) report.say(failure);
  report.say(failures.length === 0 ? "Nothing is left behind." : `${failures.length} differences.`);
  return failures.length === 0 ? 0 : 1;
}

/**
 * The same in a second environment beside the one that may run: its network is its own, its
 * programs are links.
 */
async function isolated(): Promise<number> {
  const { cache } = folders();
  const own = `${cache}-leak-check`;
  fs.rmSync(own, { recursive: true, force: true });
  fs.mkdirSync(own);
  const programs = fs
    .readdirSync(cache)
    .filter((name) => /^[a-z]+-\d[\w.-]*$/.test(name) || name.startsWith("plugin-"));
  await execa("cp", ["--archive", "--link", ...programs.map((name) => path.join(cache, name)), own]);
  // Written in place by `up`, so they must not be links into the other cache.
  for (const folder of programs.filter((name) => name.startsWith("pulumi-"))) {
    for (const name of fs.readdirSync(path.join(own, folder))) {
      if (name !== "pulumi") fs.rmSync(path.join(own, folder, name));
    }
  }
  const hidden = ["/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers"];
  const script = [
    "ip link set lo up",
    ...hidden.map((place) => `if [ -d ${place} ]; then mount -t tmpfs none ${place}; fi`),
    'exec "$@"',
  ].join("\n");
  const again = [process.execPath, import.meta.filename, "--restart"];
  const { exitCode } = await execa(
    "unshare",
    ["--net", "--mount", "--propagation", "private", "sh", "-c", script, "sh", ...again],
    {
      stdio: "inherit",
      reject: false,
      env: { ZERO_DOWNTIME_CACHE: own, ZERO_DOWNTIME_LEAK_CHECK: "isolated" },
    },
  );
  fs.rmSync(own, { recursive: true, force: true });
  return exitCode ?? 1;
}

function kill(name: string): void {
  const record = readRecord(folders(), name);
  if (record !== undefined) process.kill(record.pid, "SIGKILL");
}

/** Pods, a NodePort and a volume: what leaves most traces. */
async function runPods(running: Environment): Promise<void> {
  const kubectl = (args: string[], input = "") =>
    execa("kubectl", args, { env: { ...running.variables }, input, timeout: 90_000 });
  await report.step("Running pods", async () => {
    await kubectl(["delete", "namespace", "leak-check", "--ignore-not-found", "--wait"]);
    await kubectl(["create", "namespace", "leak-check"]);
    await kubectl(
      ["apply", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "List", items: objects(running) }),
    );
    await kubectl(["-n", "leak-check", "rollout", "status", "deployment/idle", "--timeout=60s"]);
  });
}

function objects(running: Environment): object[] {
  const labels = { app: "idle" };
  const container = {
    name: "idle",
    image: running.nodeImage,
    command: ["busybox", "sleep", "3600"],
    volumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
  };
  const pod = {
    terminationGracePeriodSeconds: 1,
    containers: [container],
    volumes: [{ name: "scratch", emptyDir: { medium: "Memory" } }],
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "idle", namespace: "leak-check" },
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "idle", namespace: "leak-check" },
      spec: { type: "NodePort", selector: labels, ports: [{ port: 80 }] },
    },
  ];
}
