// The health protocol of gRPC (grpc.health.v1) over plain HTTP/2, as far as probes ask it.
import { once } from "node:events";
import { connect, createServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

const CHECK = "/grpc.health.v1.Health/Check";

/** Codes of grpc-status. */
const OK = "0";
const UNIMPLEMENTED = "12";

/** What a server may say of itself, by the numbers of the protocol. */
const STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING"] as const;
export type Health = (typeof STATUSES)[number];

/** One byte that says "not compressed", then four with the length of the message. */
const PREFIX_BYTES = 5;

/** Tag of the message's only field: number 1, a whole number. */
const STATUS_TAG = 0x08;

export interface HealthServer {
  readonly port: number;
  readonly stop: () => void;
}

/** @param port 0: any that is free */
export async function serveHealth(port: number, isServing: () => boolean): Promise<HealthServer> {
  const server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    stream.resume();
    stream.once("end", () => answer(stream, headers[":path"], isServing()));
  });
  server.listen(port);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close();
      for (const session of sessions) session.close();
    },
  };
}

function answer(stream: ServerHttp2Stream, path: string | undefined, isServing: boolean): void {
  const head = { ":status": 200, "content-type": "application/grpc" };
  if (path !== CHECK) return stream.respond({ ...head, "grpc-status": UNIMPLEMENTED }, { endStream: true });
  stream.respond(head, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": OK }));
  stream.end(framed(Buffer.from([STATUS_TAG, STATUSES.indexOf(isServing ? "SERVING" : "NOT_SERVING")])));
}

/**
 * What the server at `host:port` says of itself.
 * @throws {Error} where it gives no answer, or another than gRPC's
 */
export async function askHealth(address: string): Promise<Health> {
  const session = connect(`http://${address}`);
  const failed = once(session, "error").then(([error]) => Promise.reject(error as Error));
  try {
    return await Promise.race([failed, check()]);
  } finally {
    session.close();
  }

  async function check(): Promise<Health> {
    const headers = { "content-type": "application/grpc", te: "trailers" };
    const stream = session.request({ ":method": "POST", ":path": CHECK, ...headers });
    let code: unknown;
    stream.once("response", (head) => (code = head["grpc-status"]));
    stream.once("trailers", (trailers) => (code = trailers["grpc-status"]));
    stream.end(framed(Buffer.alloc(0)));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (code !== OK) throw new Error(`Cannot ask ${address} for its health: grpc-status is ${String(code)}`);
    const message = Buffer.concat(chunks).subarray(PREFIX_BYTES);
    return STATUSES[message[1] ?? 0] ?? "UNKNOWN";
  }
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
