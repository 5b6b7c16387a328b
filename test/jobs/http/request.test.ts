import { Agent } from "node:http";
import { expect } from "chai";
import { NoAnswer, request, requestTwice, type RequestOptions } from "../../../jobs/http/request.ts";
import { type Answering, answering } from "../answering.ts";

describe("a request on a connection that the server closes under it", () => {
  let server: Answering;
  let options: RequestOptions;

  beforeEach(async () => {
    const used = new Set<number>();
    server = await answering(({ path, connection }, response) => {
      // The second request meets a connection that the server has just closed.
      if (used.has(connection) || path === "/never") return void response.socket?.destroy();
      used.add(connection);
      response.end("answered");
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    options = { agent, deadlineMilliseconds: 5_000, signal: new AbortController().signal };
    await request(new URL(server.url), options);
  });
  afterEach(() => server.close());

  it("is sent once more on a connection of its own, where it may be", async () => {
    const { body, reusedConnection } = await requestTwice(new URL(server.url), options);
    expect({ body, reusedConnection }).to.deep.equal({ body: "answered", reusedConnection: false });
    expect(server.requests).to.have.length(3);
  });

  it("is sent once only where nobody said that it may be sent twice", async () => {
    const failure = await request(new URL(server.url), options).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(NoAnswer).and.include({ code: "ECONNRESET", isIdleClose: true });
    expect(server.requests).to.have.length(2);
  });

  it("is sent once only where the connection was new: the server may have taken it up", async () => {
    const fresh = { ...options, agent: false } as const;
    const failure = await requestTwice(new URL("/never", server.url), fresh).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(NoAnswer).and.include({ isIdleClose: false });
    expect(server.requests).to.have.length(2);
  });
});
