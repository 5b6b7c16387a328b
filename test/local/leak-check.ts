/**
 * Takes the environment down, up and down again, also in a broken state, and compares what is on the machine before
 * and after. Everybody's running work in the environment is lost, so it has to be asked for:
 *
 *   node local/start.mjs test/local/leak-check.ts --restart
 *
 * It leaves the environment up.
 */
import { execa } from "execa";
import { down, up, type Environment } from "../../local/environment.ts";
import { readRecord } from "../../local/daemon.ts";
import { folders } from "../../local/folders.ts";
import { streamReport } from "../../local/report.ts";
import { differences, footprint, listensElsewhere } from "./footprint.ts";

const report = streamReport();
const killed = ["containerd", "kube-proxy", "etcd", "postgres", "kubelet"];

if (!process.argv.includes("--restart")) {
  report.say("This takes the environment down and starts it afresh. If that is all right, add --restart.");
  process.exit(2);
}

const failures: string[] = [];
await down(report);
const before = await footprint();

const environment = await up(report);
await runPods(environment);
failures.push(...listensElsewhere().map((address) => `listens on ${address}`));
await down(report);
failures.push(...differences(before, await footprint()).map((line) => `after down: ${line}`));

await runPods(await up(report));
for (const name of killed) kill(name);
await down(report);
failures.push(...differences(before, await footprint()).map((line) => `after kill -9 and down: ${line}`));

await runPods(await up(report));
for (const name of killed) kill(name);
await up(report);
await runPods(environment);

for (const failure of failures) report.say(failure);
report.say(failures.length === 0 ? "Nothing is left behind." : `${failures.length} differences.`);
process.exitCode = failures.length === 0 ? 0 : 1;

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
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "idle", namespace: "leak-check" },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: "idle",
                image: running.nodeImage,
                command: ["busybox", "sleep", "3600"],
                volumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
              },
            ],
            volumes: [{ name: "scratch", emptyDir: { medium: "Memory" } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "idle", namespace: "leak-check" },
      spec: { type: "NodePort", selector: labels, ports: [{ port: 80 }] },
    },
  ];
}
