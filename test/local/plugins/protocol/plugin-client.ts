import grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { Engine } from "../../../../local/plugins/protocol/engine.ts";
import type { Provider } from "../../../../local/plugins/protocol/provider.ts";
import { listen } from "../../../../local/plugins/protocol/serve.ts";

/** A provider served on a port of its own, and a client of the engine's protocol for it. */
export interface Served {
  readonly client: InstanceType<typeof providerGrpc.ResourceProviderClient>;
  close(): void;
}

export async function serveForTest(provider: Provider): Promise<Served> {
  const { port, stop } = await listen(provider, new Engine());
  const client = new providerGrpc.ResourceProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
  );
  return {
    client,
    close() {
      client.close();
      stop();
    },
  };
}
