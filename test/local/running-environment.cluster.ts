/**
 * Claims about the environment as it runs; a group of their own in `npm test`, as they need it up.
 */
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { adoptPlugins, pulumiHome } from "../../local/build/pulumi-plugins.ts";
import { installedVersion } from "../../local/build/versions.ts";
import { readRecord } from "../../local/machine/daemon.ts";
import { readEnvironment, status, up } from "../../local/environment.ts";
import { folders } from "../../local/folders.ts";
import { network, ports } from "../../local/machine/network.ts";
import { parts } from "../../local/components.ts";
import { silentReport } from "../../local/report.ts";
import { waitUntil } from "../../local/machine/wait-until.ts";
import { listensElsewhere } from "./footprint.ts";

const NAMESPACE = "environment-test";

describe("the running environment", function () {
  this.timeout(120_000);
  const environment = readEnvironment();
  const kubectl = (args: string[], input = "") =>
    execa("kubectl", args, { env: { ...environment.variables }, input, timeout: 90_000 });

  before(async () => {
    await kubectl(["delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait"]);
    await kubectl(["create", "namespace", NAMESPACE]);
  });
  after(async () => {
    await kubectl(["delete", "namespace", NAMESPACE, "--wait=false"]);
  });

  it("is ready in every part", async () => {
    const problems = (await status()).filter(({ problem }) => problem !== undefined);
    expect(problems.map(({ part, problem }) => `${part.name}: ${problem}`)).to.deep.equal([]);
  });

  it("listens on nothing but 127.0.0.1 and its own bridge", () => {
    expect(listensElsewhere()).to.deep.equal([]);
  });

  it("leaves everything as it is when it is started again", async () => {
    const processes = () => parts.map(({ name }) => readRecord(folders(), name)?.pid);
    const before = processes();
    await up(silentReport);
    expect(processes()).to.deep.equal(before);
  });

  it("shows the engine an official plugin that the user has in a Pulumi home of their own", async () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), "zero-downtime-plugins-"));
    try {
      const context = { folders: folders(path.join(place, "cache")), report: silentReport };
      const name = `resource-kubernetes-v${installedVersion("@pulumi/kubernetes")}`;
      const theirs = path.join(place, "theirs", "plugins", name);
      fs.mkdirSync(theirs, { recursive: true });
      fs.writeFileSync(path.join(theirs, "pulumi-resource-kubernetes"), "#!/bin/sh\n", { mode: 0o755 });
      // What an older version of the environment has made of it.
      const ours = path.join(pulumiHome(context), "plugins", name);
      fs.mkdirSync(path.dirname(ours), { recursive: true });
      fs.symlinkSync(theirs, ours);
      adoptPlugins(context, path.join(place, "theirs"));
      const { stdout } = await execa("pulumi", ["plugin", "ls", "--json"], {
        env: { ...environment.variables, PULUMI_HOME: pulumiHome(context) },
      });
      expect((JSON.parse(stdout) as { name: string }[]).map((plugin) => plugin.name)).to.deep.equal([
        "kubernetes",
      ]);
    } finally {
      fs.rmSync(place, { recursive: true });
    }
  });

  it("runs a pod that resolves a Service and reaches the database and the gateway", async () => {
    const { host, port } = environment.database;
    const gateway = new URL(environment.gateway.clusterUrl);
    const script = `
      const reach = (host, port) => new Promise((resolve, reject) => {
        const socket = require("node:net").connect(port, host, () => resolve(socket.end()));
        socket.once("error", reject);
      });
      (async () => {
        await require("node:dns/promises").lookup("kubernetes.default");
        await reach("${host}", ${port});
        await reach("${gateway.hostname}", ${gateway.port});
        console.log("name, database, gateway");
      })();`;
    const reach = job("reach", environment.nodeImage, ["node", "-e", script]);
    await kubectl(["apply", "-f", "-"], JSON.stringify(reach));
    await kubectl(["-n", NAMESPACE, "wait", "--for=condition=complete", "job/reach", "--timeout=60s"]);
    const { stdout } = await kubectl(["-n", NAMESPACE, "logs", "job/reach"]);
    expect(stdout).to.equal("name, database, gateway");
  });

  it("answers on a NodePort at 127.0.0.1, and at no address that others can reach", async () => {
    await kubectl(["apply", "-f", "-"], JSON.stringify(service()));
    await kubectl(["apply", "-f", "-"], JSON.stringify(server(environment.nodeImage)));
    await kubectl(["-n", NAMESPACE, "wait", "--for=condition=ready", "pod/server", "--timeout=60s"]);
    const { stdout } = await kubectl([
      "-n",
      NAMESPACE,
      "get",
      "service",
      "server",
      "-o",
      "jsonpath={.spec.ports[0].nodePort}",
    ]);
    const open = async () => ((await isOpen(network.loopback, Number(stdout))) ? undefined : "no answer");
    await waitUntil("the NodePort", open, 10_000);
    for (const address of outsideAddresses()) {
      expect(await isOpen(address, Number(stdout)), `${address}:${stdout}`).to.equal(false);
      expect(await isOpen(address, ports.gateway), `${address}:${ports.gateway}`).to.equal(false);
    }
  });

  it("tells the node's use of processor and memory for each container", async () => {
    const { stdout } = await kubectl([
      "get",
      "--raw",
      `/api/v1/nodes/${network.nodeName}/proxy/metrics/resource`,
    ]);
    expect(stdout)
      .to.contain("container_cpu_usage_seconds_total")
      .and.to.contain("container_memory_working_set_bytes");
  });
});

function job(name: string, image: string, command: string[]): object {
  const securityContext = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: NAMESPACE },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: "Never",
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [{ name, image, command, securityContext }],
        },
      },
    },
  };
}

function server(image: string): object {
  const script = "require('node:http').createServer((_, answer) => answer.end('here')).listen(8080)";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "server", namespace: NAMESPACE, labels: { app: "server" } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "server",
          image,
          command: ["node", "-e", script],
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  };
}

function service(): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "server", namespace: NAMESPACE },
    spec: { type: "NodePort", selector: { app: "server" }, ports: [{ port: 80, targetPort: 8080 }] },
  };
}

function outsideAddresses(): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(
      ({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("10.87."),
    )
    .map(({ address }) => address);
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 1000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
