import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { command } from "../machine/command.ts";
import { awaitDaemon, startDaemon, stopDaemon } from "../machine/daemon.ts";
import { httpProblem } from "../health/http-problem.ts";
import { network, onLoopback, ports } from "../machine/network.ts";
import type { Context, Part } from "../component.ts";
import { writeIfChanged } from "../machine/write-if-changed.ts";
import { contour, debian, envoy as program, programIn } from "../build/toolchain.ts";
import { probeHost } from "./contour.ts";

const LIMIT_MILLISECONDS = 2000;

/**
 * Envoy: the gateway's listener, on 127.0.0.1; pods reach the same one by the node's address (see
 * the network part).
 */
export const envoy: Part = {
  name: "envoy",
  needs: [debian.pip, program],
  listens: onLoopback(ports.gateway, ports.envoyStats),
  start: async (context) => {
    const file = path.join(context.folders.run, "envoy.json");
    await writeBootstrap(context, file);
    await startDaemon(context.folders, {
      name: "envoy",
      command: programIn(context.folders, program),
      args: [
        ...["--config-path", file, "--service-node", network.nodeName, "--service-cluster", "contour"],
        ...["--concurrency", "2", "--log-level", "warn", "--disable-hot-restart"],
      ],
      configuration: [fs.readFileSync(file, "utf8")],
    });
    await awaitDaemon(context.folders, "envoy", () => envoy.ready(context));
  },
  ready: async () =>
    (await listenerProblem()) ?? httpProblem(`http://${network.loopback}:${ports.envoyStats}/ready`),
  stop: (context) => stopDaemon(context.folders, "envoy"),
  address: () => publicUrl,
};

export const publicUrl = `http://${network.loopback}:${ports.gateway}`;
export const clusterUrl = `http://${network.nodeAddress}:${ports.gateway}`;

/**
 * Why the gateway does not answer our own route: asks the whole way from Contour to
 * Envoy's listener.
 */
function listenerProblem(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = http.get(publicUrl, {
      headers: { host: probeHost },
      timeout: LIMIT_MILLISECONDS,
      agent: false,
    });
    request.once("response", (response) => {
      response.resume();
      resolve(
        response.statusCode === 302
          ? undefined
          : `${publicUrl} answers ${response.statusCode} for ${probeHost}`,
      );
    });
    request.once("timeout", () => request.destroy(new Error("no answer in time")));
    request.once("error", (error) => resolve(`${publicUrl} does not answer (${error.message})`));
  });
}

async function writeBootstrap(context: Context, file: string): Promise<void> {
  const folder = path.join(context.folders.run, "envoy");
  fs.mkdirSync(folder, { recursive: true });
  await command(programIn(context.folders, contour), [
    ...["bootstrap", `${file}.made`, `--admin-address=${path.join(folder, "admin.sock")}`],
    ...[`--xds-address=${network.loopback}`, `--xds-port=${ports.contourXds}`, `--resources-dir=${folder}`],
  ]);
  writeIfChanged(file, fs.readFileSync(`${file}.made`, "utf8"));
}
