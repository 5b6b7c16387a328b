import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import grpc from "@grpc/grpc-js";
import { expect } from "chai";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";

const VERSIONS = { kubernetes: "4.34.2", postgresql: "3.18.1", docker: "5.2.0" };

/** A server where a plugin looks for its engine. */
async function startEngine(): Promise<{ address: string; stop: () => void }> {
  const server = new grpc.Server();
  const refuse: grpc.handleUnaryCall<unknown, never> = (_call, reply) =>
    reply({ code: grpc.status.UNIMPLEMENTED });
  server.addService(engineGrpc.EngineService, {
    log: (_call: unknown, reply: grpc.sendUnaryData<unknown>) => reply(null, new emptyPb.Empty()),
    getRootResource: refuse,
    setRootResource: refuse,
    startDebugging: refuse,
    requirePulumiVersion: refuse,
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the plugin has no stdout");
  child.stdout.setEncoding("utf8");
  const [text] = (await once(child.stdout, "data")) as [string];
  return text.trim();
}

describe("a plugin", function () {
  this.timeout(30_000);
  for (const [name, version] of Object.entries(VERSIONS)) {
    it(`${name} tells its port, serves version ${version} and ends with its engine`, async () => {
      const engine = await startEngine();
      const entry = `local/plugins/${name}/main.ts`;
      const child = spawn(process.execPath, [entry, "-v=3", engine.address], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = once(child, "exit");
      try {
        const port = await firstLine(child);
        const credentials = grpc.credentials.createInsecure();
        const client = new providerGrpc.ResourceProviderClient(`127.0.0.1:${port}`, credentials);
        const served = await new Promise<string>((resolve, reject) => {
          client.getPluginInfo(new emptyPb.Empty(), (error, info) =>
            error === null ? resolve(info.getVersion()) : reject(error),
          );
        });
        client.close();
        expect(served).to.equal(version);
      } finally {
        engine.stop();
        await ended;
      }
    });
  }

  it("ends by the interrupt with which the engine lets it go", async () => {
    const child = spawn(process.execPath, ["local/plugins/postgresql/main.ts"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await firstLine(child);
    const ended = once(child, "exit");
    child.kill("SIGINT");
    await ended;
  });
});
