import { type Server, type ServerResponse, createServer } from "node:http";
import { once } from "node:events";
import { json as readJson } from "node:stream/consumers";
import type { Socket } from "node:net";

export interface DoubleAddress {
  id: number;
  name: string;
  street: string;
  city: string;
  street_name?: string;
  house_number?: string | null;
}

/** What a double may be told to do wrong; each is called at the place that its name says. */
export interface Misdeeds {
  /** Before anything else; true when it has dealt with the request. */
  before?: (method: string, path: string, response: ServerResponse, socket: Socket) => boolean;
  /** A write has been acknowledged, or will be; what is left undone is lost. */
  store?: (address: DoubleAddress, stored: Map<number, DoubleAddress>) => void;
  show?: (address: DoubleAddress) => unknown;
  list?: (page: DoubleAddress[]) => DoubleAddress[];
  headers?: Record<string, string>;
  /** Answers are as those of version 2. */
  parts?: boolean;
}

/**
 * A double of the address book that errs as a test tells it, for what the real one must never do.
 */
export class BookDouble {
  readonly addresses = new Map<number, DoubleAddress>();
  readonly misdeeds: Misdeeds = {};
  readonly requestsOf = new Map<Socket, number>();
  requests = 0;
  readonly #server: Server;
  #ids = 0;

  constructor() {
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.requests += 1;
      this.requestsOf.set(request.socket, (this.requestsOf.get(request.socket) ?? 0) + 1);
      const { method = "GET", url: path = "/" } = request;
      if (this.misdeeds.before?.(method, path, response, request.socket)) return void request.resume();
      if (method === "GET") return this.#read(path, response);
      void readJson(request).then((body) => this.#write(path, body as DoubleAddress, response));
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("No port");
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #write(path: string, body: DoubleAddress, response: ServerResponse): void {
    if (!this.misdeeds.parts && body.street === undefined)
      return this.#answer(response, 422, { error: "street" });
    const known = Number(path.split("/")[2]);
    const id = known || (this.#ids += 1);
    const address: DoubleAddress = { id, name: body.name, street: body.street ?? "", city: body.city };
    if (this.misdeeds.parts) {
      address.street_name = body.street_name ?? body.street;
      address.house_number = body.house_number ?? null;
      address.street = [
        address.street_name,
        ...(address.house_number === null ? [] : [address.house_number]),
      ].join(" ");
    }
    const store = this.misdeeds.store ?? ((each, stored) => stored.set(each.id, each));
    store(address, this.addresses);
    this.#answer(response, known ? 200 : 201, this.#show(address));
  }

  #read(path: string, response: ServerResponse): void {
    const query = new URLSearchParams(path.split("?")[1] ?? "");
    if (query.has("after")) {
      const [after, limit] = [Number(query.get("after")), Number(query.get("limit"))];
      const page = [...this.addresses.values()].filter(({ id }) => id > after).slice(0, limit);
      return this.#answer(response, 200, {
        addresses: (this.misdeeds.list?.(page) ?? page).map((each) => this.#show(each)),
      });
    }
    const address = this.addresses.get(Number(path.split("/")[2]));
    return address
      ? this.#answer(response, 200, this.#show(address))
      : this.#answer(response, 404, { error: "none" });
  }

  #show(address: DoubleAddress): unknown {
    const { id, name, street, city } = address;
    return this.misdeeds.show?.(address) ?? (this.misdeeds.parts ? address : { id, name, street, city });
  }

  #answer(response: ServerResponse, status: number, body: unknown): void {
    const named = this.misdeeds.headers ?? {
      "x-version": this.misdeeds.parts ? "2" : "1",
      "x-colour": "blue",
    };
    response.writeHead(status, { "content-type": "application/json", ...named }).end(JSON.stringify(body));
  }
}
