import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect } from "chai";
import { parseSettings } from "../../example/server/settings.ts";
import { type TestDatabase, createDatabase } from "../support/postgres/postgres.ts";
import { until } from "../support/until.ts";
import { type RunningBook, runBook } from "./running-book.ts";

/** For how long Envoy keeps an idle connection to a server, and with it Contour and Istio. */
const ENVOY_IDLE_SECONDS = 3_600;

const RUSH = 150;

const REQUEST = "GET /version HTTP/1.1\r\nHost: book\r\n\r\n";

/**
 * A gateway's connections to one server, as Envoy keeps them: as many as there are requests at
 * once, the latest used again first, each closed after `idleMilliseconds`. It does not heed
 * `Keep-Alive: timeout=…`, which HTTP clients of Node do.
 */
class GatewayDouble {
  readonly #port: number;
  readonly #idleMilliseconds: number;
  readonly #idle: Socket[] = [];
  opened = 0;
  failed = 0;
  closedByServer = 0;

  constructor(url: string, idleMilliseconds: number) {
    this.#port = Number(new URL(url).port);
    this.#idleMilliseconds = idleMilliseconds;
  }

  get idleConnections(): number {
    return this.#idle.length;
  }

  async rush(): Promise<void> {
    await Promise.all(Array.from({ length: RUSH }, () => this.#request()));
  }

  end(): void {
    for (const socket of [...this.#idle]) socket.destroy();
  }

  async #request(): Promise<void> {
    const socket = this.#idle.pop() ?? this.#connect();
    socket.setTimeout(0);
    socket.write(REQUEST);
    const [first] = (await once(socket, "data").catch(() => [])) as [Buffer?];
    if (!first?.toString().startsWith("HTTP/1.1 200 ")) return void (this.failed += 1);
    socket.setTimeout(this.#idleMilliseconds);
    this.#idle.push(socket);
  }

  #connect(): Socket {
    const socket = connect(this.#port, "127.0.0.1");
    this.opened += 1;
    socket.on("timeout", () => {
      this.#forget(socket);
      socket.destroy();
    });
    socket.on("end", () => {
      this.closedByServer += 1;
      // In the middle of a request no answer comes any more.
      if (!this.#forget(socket)) socket.emit("error", new Error("closed by the server"));
    });
    socket.on("close", () => this.#forget(socket));
    socket.on("error", () => undefined);
    return socket;
  }

  /** @returns whether it was idle */
  #forget(socket: Socket): boolean {
    const at = this.#idle.indexOf(socket);
    if (at >= 0) this.#idle.splice(at, 1);
    return at >= 0;
  }
}

describe("the address book behind a gateway that keeps idle connections", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let book: RunningBook;

  before(async () => {
    database = await createDatabase();
  });
  after(() => database.drop());
  afterEach(() => book.stop());

  const start = async (seconds: string) => {
    book = await runBook("v1", database, { KEEP_ALIVE_SECONDS: seconds });
  };

  /**
   * Rush and quiet by turns; the next rush comes as soon as the first idle connections are closed.
   */
  async function rushes(gateway: GatewayDouble): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) {
      await gateway.rush();
      const { idleConnections } = gateway;
      // A connection for each request of the first rush. On a slow machine some of them are closed
      // before the last answer has come.
      expect(gateway.opened).to.be.at.least(RUSH);
      expect(idleConnections).to.be.greaterThan(0);
      await until("idle connections are closed", () => gateway.idleConnections < idleConnections);
    }
    await gateway.rush();
    gateway.end();
  }

  it("closes none of them first, and fails no request of a rush that comes when they end", async () => {
    await start("5");
    const gateway = new GatewayDouble(book.url, 1_000);
    await rushes(gateway);
    expect(gateway).to.include({ failed: 0, closedByServer: 0 });
  });

  it("closes none where it is told to keep them for ever", async () => {
    await start("0");
    const gateway = new GatewayDouble(book.url, 1_000);
    await rushes(gateway);
    expect(gateway).to.include({ failed: 0, closedByServer: 0 });
  });

  it("closes them under a gateway that has more patience, as its setting warns", async () => {
    await start("1");
    const gateway = new GatewayDouble(book.url, 60_000);
    await rushes(gateway);
    expect(gateway.closedByServer).to.be.greaterThan(0);
  });

  it("keeps a connection that was never used as long as one that was, and no longer", async () => {
    await start("2");
    const unused = connect(Number(new URL(book.url).port), "127.0.0.1").resume();
    await once(unused, "connect");
    const began = performance.now();
    await once(unused, "close");
    expect(performance.now() - began).to.be.within(2_000, 10_000);
  });
});

describe("the address book's patience with idle connections", () => {
  it("is by default longer than that of Envoy, Contour and Istio", () => {
    expect(parseSettings({}).KEEP_ALIVE_SECONDS).to.be.greaterThan(ENVOY_IDLE_SECONDS);
  });
});
