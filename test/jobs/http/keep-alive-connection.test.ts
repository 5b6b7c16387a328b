import { expect } from "chai";
import { KeptConnection } from "../../../jobs/http/keep-alive-connection.ts";
import { NoAnswer } from "../../../jobs/http/request.ts";
import { answering } from "../answering.ts";

describe("a kept connection", () => {
  const options = { deadlineMilliseconds: 2_000, signal: new AbortController().signal };

  it("is used again, and opened anew once it was cut", async () => {
    const server = await answering((_, response) => void response.end("here"));
    const connection = new KeptConnection();
    try {
      const ask = async () => (await connection.request(new URL(server.url), options)).reusedConnection;
      expect([await ask(), await ask()]).to.deep.equal([false, true]);
      connection.cutOff();
      expect(await ask()).to.equal(false);
      expect(connection).to.include({ cut: 1, reopened: 0 });
    } finally {
      connection.close();
      await server.close();
    }
  });

  it("speaks TLS where the address says https: one that does not is no answer", async () => {
    const server = await answering((_, response) => void response.end("in clear"));
    const connection = new KeptConnection();
    try {
      const url = new URL(server.url.replace("http:", "https:"));
      const failure = await connection.request(url, options).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.be.instanceOf(NoAnswer);
    } finally {
      connection.close();
      await server.close();
    }
  });
});
