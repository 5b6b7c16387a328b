/**
 * Pulumi's language host for Node: the executable `pulumi-language-nodejs` that the CLI looks for
 * beside itself. It starts the program on the Node that runs this host. It leaves out: code
 * generation, packing, plugins and policy packs written in Node, attaching a debugger.
 */
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { languageHost } from "./language-host.ts";

const ORPHAN_CHECK_MILLISECONDS = 1000;

const host = languageHost();
const server = new grpc.Server({
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
});
server.addService(LanguageRuntimeService, host.service);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  // The engine reads this line; everything after it is shown to the user.
  process.stdout.write(`${port}\n`);
});

// A killed engine says nothing: without a parent, the program must not go on changing things.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) endAll("SIGKILL");
}, ORPHAN_CHECK_MILLISECONDS).unref();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => endAll("SIGTERM"));

function endAll(signal: NodeJS.Signals): void {
  host.endPrograms(signal);
  process.exit(1);
}
