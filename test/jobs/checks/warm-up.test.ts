import { expect } from "chai";
import { warmUp } from "../../../jobs/checks/warm-up.ts";
import { answering, testContext } from "../answering.ts";

const settings = (url: string, more: object = {}) =>
  warmUp.settings.parse({
    url,
    paths: ["/a", "/b"],
    requests: 200,
    concurrency: 4,
    deadlineSeconds: 10,
    ...more,
  });

describe("warmUp", () => {
  it("sends exactly the requests asked for, in turn, and reports the first and the last p99", async () => {
    let served = 0;
    const server = await answering((_, response) => {
      served += 1;
      setTimeout(() => response.end("warm"), served <= 20 ? 200 : 0);
    });
    const context = testContext();
    const result = await warmUp.run(settings(server.url), context);
    await server.close();
    expect(result.ok, result.summary).to.equal(true);
    expect(result.facts).to.include({ requests: 200, failed: 0 });
    expect(result.facts?.["firstP99Milliseconds"]).to.be.within(195, 5_000);
    expect(result.facts?.["lastP99Milliseconds"]).to.be.below(Number(result.facts?.["firstP99Milliseconds"]));
    expect(server.requests.filter(({ path }) => path === "/a")).to.have.length(100);
    expect(context.lines.filter((line) => / answered, p99 /.test(line))).to.have.length(10);
  });

  it("opens new connections as it goes, so that every pod behind a Service is met", async () => {
    const connections = new Set<number>();
    const server = await answering(({ connection }, response) => {
      connections.add(connection);
      response.end();
    });
    await warmUp.run(settings(server.url), testContext());
    await server.close();
    expect(connections.size).to.be.within(10, 20);
  });

  it("notes a server that closes an idle connection meanwhile, sooner than gateways do", async () => {
    const closed = Promise.withResolvers<void>();
    const server = await answering(({ connection }, response) => {
      response.setHeader("connection", "keep-alive");
      if (connection > 1) return void closed.promise.then(() => response.end());
      response.socket?.once("close", closed.resolve);
      response.end("first", () => response.socket?.end());
    });
    const { ok, summary } = await warmUp.run(settings(server.url), testContext());
    await server.close();
    expect(ok, summary).to.equal(true);
    expect(summary).to.match(
      /0 failed\. The server closes idle connections after \d+(\.\d)? s\. .*servers\.md/,
    );
  });

  it("tolerates a failure in a hundred, not two", async () => {
    let served = 0;
    const every = (nth: number) =>
      answering((_, response) => void response.writeHead(++served % nth === 0 ? 500 : 200).end());
    const few = await every(100);
    expect((await warmUp.run(settings(few.url), testContext())).facts).to.include({ failed: 2 });
    expect((await warmUp.run(settings(few.url), testContext())).ok).to.equal(true);
    await few.close();
    const many = await every(50);
    const result = await warmUp.run(settings(many.url), testContext());
    await many.close();
    expect(result.ok).to.equal(false);
    expect(result.summary).to.match(
      /as 4 of 200 requests failed, more than 1 %; last failure: GET \/[ab] was answered 500/,
    );
  });

  it("stops at its deadline and says how far it came", async () => {
    const server = await answering((_, response) => void setTimeout(() => response.end(), 50));
    const result = await warmUp.run(
      settings(server.url, { deadlineSeconds: 0.3, concurrency: 1 }),
      testContext(),
    );
    await server.close();
    expect(result.ok).to.equal(false);
    expect(result.summary).to.match(/as only \d+ of 200 requests were answered within 0.3 s/);
  });
});
