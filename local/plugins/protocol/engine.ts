import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/** How much a message matters. */
export type Severity = "debug" | "info" | "warning" | "error";

const SEVERITIES = { debug: 0, info: 1, warning: 2, error: 3 } as const;

/** The engine that started the plugin: takes its messages, and its end is the plugin's. */
export class Engine {
  #client: InstanceType<typeof engineGrpc.EngineClient> | undefined;
  #last: Promise<void> = Promise.resolve();

  /** Connects to the engine at `address`; a second call replaces the first. */
  attach(address: string): void {
    this.#client?.close();
    this.#client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
    });
  }

  /** Calls `ended` once the engine can no longer be reached. */
  watch(ended: () => void): void {
    const client = this.#client;
    if (client === undefined) return;
    const channel = client.getChannel();
    const step = (): void => {
      const state = channel.getConnectivityState(true);
      if (state === grpc.connectivityState.SHUTDOWN) return;
      if (state === grpc.connectivityState.TRANSIENT_FAILURE) {
        ended();
        return;
      }
      channel.watchConnectivityState(state, Infinity, (error) => {
        if (error === undefined) step();
      });
    };
    step();
  }

  /** A message that stays in the output. */
  log(severity: Severity, urn: string, message: string): void {
    this.#send(severity, urn, message, false);
  }

  /** A message in the status column, replaced by the next one. */
  status(severity: Severity, urn: string, message: string): void {
    this.#send(severity, urn, message, true);
  }

  /** Waits until the messages sent so far have arrived. */
  async settled(): Promise<void> {
    await this.#last;
  }

  #send(severity: Severity, urn: string, message: string, ephemeral: boolean): void {
    const client = this.#client;
    if (client === undefined) return;
    const request = new enginePb.LogRequest();
    request.setSeverity(SEVERITIES[severity]);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    // One after the other, so that they are shown in the order in which they happened. A message
    // that cannot be delivered has nobody left to read it.
    this.#last = this.#last.then(
      () => new Promise((resolve) => client.log(request, () => resolve(undefined))),
    );
  }
}
