import grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Engine } from "./engine.ts";
import type { Provider } from "./provider.ts";
import { service } from "./service.ts";

/** A provider that answers on a port of 127.0.0.1. */
export interface Listening {
  readonly port: number;
  stop(): void;
}

/** Starts the gRPC server of a provider on a free port. */
export async function listen(provider: Provider, engine: Engine): Promise<Listening> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(providerGrpc.ResourceProviderService, service(provider, engine));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve({ port, stop: () => server.forceShutdown() });
      else reject(error);
    });
  });
}

/**
 * Runs a plugin as the engine starts it: the engine's address is the last argument, the port goes
 * to stdout. The process ends with the engine, or by the interrupt with which the engine says that
 * it needs the plugin no more.
 */
export async function serve(makeProvider: (engine: Engine) => Provider, engine: Engine): Promise<void> {
  // Without a handler of its own a plugin that was started with interrupts ignored, as by a shell's
  // background job, stays.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
  // Flags for logging and tracing may stand before it.
  const address = process.argv.slice(2).at(-1);
  const { port } = await listen(makeProvider(engine), engine);
  process.stdout.write(`${port}\n`);
  if (address === undefined) return;
  engine.attach(address);
  engine.watch(() => process.exit(0));
}
