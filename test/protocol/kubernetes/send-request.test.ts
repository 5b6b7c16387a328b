import { expect } from "chai";
import {
  endConnections,
  keepingConnections,
  sendRequest,
} from "../../../protocol/kubernetes/send-request.ts";
import { answering } from "../../jobs/answering.ts";

const request = { method: "GET", path: "/", query: "", headers: {} } as const;

describe("sendRequest", () => {
  it("returns what the API server warns of, text by text", async () => {
    const server = await answering((_, response) => {
      response.appendHeader("warning", '299 - "spec.x is deprecated, use \\"y\\""');
      response.appendHeader("warning", '299 - "would violate: a, b"');
      response.end("{}");
    });
    const { warnings } = await sendRequest(server.url, {}, request, 1_000);
    await server.close();
    expect(warnings).to.deep.equal(['spec.x is deprecated, use "y"', "would violate: a, b"]);
  });

  it("uses a connection again where a login keeps it, and only then", async () => {
    const connections: number[] = [];
    const server = await answering(({ connection }, response) => {
      connections.push(connection);
      response.end("{}");
    });
    const kept = keepingConnections({}, { server: server.url }, 2);
    for (let at = 0; at < 3; at += 1) await sendRequest(server.url, kept, request, 1_000);
    endConnections(kept);
    await server.close();
    expect(new Set(connections).size).to.equal(1);
    // How to go through a proxy is in the login's own agent.
    const login = { agent: false as const };
    expect(keepingConnections(login, { server: server.url, proxyUrl: "http://proxy" }, 2)).to.equal(login);
  });
});
