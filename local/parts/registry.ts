import * as path from "node:path";
import { awaitDaemon, startDaemon, stopDaemon, type Daemon } from "../machine/daemon.ts";
import { httpProblem } from "../health/http-problem.ts";
import { network, onLoopback, ports } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { writeIfChanged } from "../machine/write-if-changed.ts";
import { debian } from "../build/toolchain.ts";

export const registryAddress = `${network.loopback}:${ports.registry}`;

/** Docker's registry. Its images stay in the cache, so that a later start finds its base images. */
export const registry: Part = {
  name: "registry",
  needs: [debian.registry],
  listens: onLoopback(ports.registry),
  start: async (context) => {
    await startDaemon(context.folders, daemon(context));
    await awaitDaemon(context.folders, "registry", () => registry.ready(context));
  },
  ready: () => httpProblem(`http://${registryAddress}/v2/`),
  stop: (context) => stopDaemon(context.folders, "registry"),
  address: () => registryAddress,
};

function daemon(context: Context): Daemon {
  const file = path.join(context.folders.run, "registry.json");
  const configuration = JSON.stringify({
    version: 0.1,
    log: { level: "warn" },
    storage: {
      filesystem: { rootdirectory: path.join(context.folders.cache, "registry") },
      delete: { enabled: true },
    },
    http: { addr: registryAddress },
  });
  writeIfChanged(file, configuration);
  return {
    name: "registry",
    command: "docker-registry",
    args: ["serve", file],
    configuration: [configuration],
  };
}
