import { type Agent, type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

/** One HTTP answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds from sending to the end of the answer. */
  readonly milliseconds: number;
  /** The connection had served another request before. */
  readonly reusedConnection: boolean;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Which connection to use; `false` opens one for this request only. */
  readonly agent: Agent | false;
  /** The whole request, from name lookup to the last byte. */
  readonly deadlineMilliseconds: number;
  readonly signal: AbortSignal;
  /** Certificate authority of an https server, as PEM. */
  readonly ca?: string;
}

/** A request that got no whole answer. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** ECONNREFUSED and the like; ETIMEDOUT when the deadline passed. */
  readonly code: string;
  /**
   * The server closed a connection that had served before, without a byte of an answer: it did not
   * process the request.
   */
  readonly isIdleClose: boolean;

  constructor(code: string, message: string, cause?: unknown, isIdleClose = false) {
    super(message, { cause });
    this.code = code;
    this.isIdleClose = isIdleClose;
  }
}

/**
 * Sends one request, without any hidden retry or redirect, and reads the answer to its end.
 * @throws {NoAnswer} when none came within the deadline.
 */
export function request(url: URL, options: RequestOptions): Promise<Answer> {
  const start = performance.now();
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(options.deadlineMilliseconds)]);
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      if (options.signal.aborted) return reject(asError(options.signal.reason));
      const timedOut = deadline.aborted;
      const what = `${options.method ?? "GET"} ${url.href}`;
      reject(
        timedOut
          ? new NoAnswer("ETIMEDOUT", `${what}: no answer within ${options.deadlineMilliseconds} ms`, error)
          : new NoAnswer(error.code ?? "ECONNRESET", `${what}: ${error.message}`, error, isIdleClose()),
      );
    };
    let bytesBefore = 0;
    const isIdleClose = () => sent.reusedSocket && sent.socket?.bytesRead === bytesBefore;
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const sent = send(url, {
      method: options.method ?? "GET",
      headers: {
        ...options.headers,
        ...(options.body === undefined ? {} : { "content-length": Buffer.byteLength(options.body) }),
      },
      agent: options.agent,
      signal: deadline,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
    sent.once("socket", (socket) => (bytesBefore = socket.bytesRead));
    sent.once("error", fail);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", fail);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
          milliseconds: performance.now() - start,
          reusedConnection: sent.reusedSocket,
        }),
      );
    });
    sent.end(options.body);
  });
}

/**
 * As {@link request}, for what may be sent twice: retries once, on a new connection, if the server
 * closed an idle one just as the request was sent. No server can avoid that, and no client can
 * foresee it (RFC 9110, 9.2.2).
 */
export async function requestTwice(url: URL, options: RequestOptions): Promise<Answer> {
  try {
    return await request(url, options);
  } catch (error) {
    if (!(error instanceof NoAnswer && error.isIdleClose)) throw error;
    return request(url, { ...options, agent: false });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
