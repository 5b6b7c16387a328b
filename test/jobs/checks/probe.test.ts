import { expect } from "chai";
import { probe } from "../../../jobs/checks/probe.ts";
import { type Answer, answering, testContext } from "../answering.ts";

const settings = (url: string, more: object = {}) =>
  probe.settings.parse({
    url,
    path: "/version",
    header: "X-Colour",
    allowed: ["green"],
    agreeing: 10,
    deadlineSeconds: 5,
    ...more,
  });

async function probed(answer: Answer, more: object = {}) {
  const server = await answering(answer);
  try {
    return { ...(await probe.run(settings(server.url, more), testContext())), server };
  } finally {
    await server.close();
  }
}

describe("probe", () => {
  it("is satisfied at once when only the allowed colour answers", async () => {
    const { ok, summary, facts, server } = await probed(
      (_, response) => void response.setHeader("x-colour", "green").end(),
      { host: "book.example" },
    );
    expect(ok, summary).to.equal(true);
    expect(facts).to.deep.include({ milliseconds: 0, reopened: 0, cut: 0 });
    expect(facts?.["fresh"]).to.deep.include({ failed: 0 });
    expect(server.requests[0]?.headers.host).to.equal("book.example");
  });

  it("uses fresh connections and kept-alive ones", async () => {
    const perConnection = new Map<number, number>();
    await probed(({ connection }, response) => {
      perConnection.set(connection, (perConnection.get(connection) ?? 0) + 1);
      response.setHeader("x-colour", "green").end();
    });
    const counts = [...perConnection.values()];
    expect(counts.filter((count) => count === 1).length).to.be.at.least(10);
    expect(counts.filter((count) => count > 1).length).to.be.within(2, 4);
  });

  it("tells when the other colour answered last", async () => {
    const start = performance.now();
    const { ok, facts } = await probed((_, response) => {
      response.setHeader("x-colour", performance.now() - start < 300 ? "blue" : "green").end();
    });
    expect(ok).to.equal(true);
    expect(facts?.["milliseconds"]).to.be.within(200, 2_000);
    expect(facts?.["byColour"]).to.have.all.keys("blue", "green");
  });

  it("accepts both colours in canary", async () => {
    let turn = 0;
    const { ok } = await probed(
      (_, response) => void response.setHeader("x-colour", ++turn % 2 ? "blue" : "green").end(),
      { allowed: ["blue", "green"] },
    );
    expect(ok).to.equal(true);
  });

  it("stays with a kept-alive connection until it is told to close", async () => {
    const asked = new Map<number, number>();
    const { ok, summary, facts } = await probed(({ connection }, response) => {
      const count = (asked.get(connection) ?? 0) + 1;
      asked.set(connection, count);
      // Connections that were there first keep the old colour, which lets them go at
      // their fifth request.
      const old = connection <= 4 && count <= 5;
      if (old && count === 5) response.setHeader("connection", "close");
      response.setHeader("x-colour", old ? "blue" : "green").end();
    });
    expect(ok, summary).to.equal(true);
    expect(facts).to.deep.include({ reopened: 4, cut: 0 });
  });

  it("cuts a kept-alive connection that nobody closes, after the drain limit, and reports it", async () => {
    const { ok, summary, facts } = await probed(
      ({ connection }, response) =>
        void response.setHeader("x-colour", connection <= 4 ? "blue" : "green").end(),
      { drainSeconds: 0.3 },
    );
    expect(ok, summary).to.equal(true);
    expect(facts?.["cut"]).to.equal(4);
    expect(summary).to.include("4 kept-alive connections stayed with another colour and were cut");
    expect(facts?.["keptAlive"]).to.have.property("milliseconds").that.is.at.least(290);
  });

  it("is not fooled by answers without a colour, by errors or by silence", async () => {
    let turn = 0;
    const { ok, facts } = await probed((_, response) => {
      turn += 1;
      if (turn <= 20 && turn % 4 === 0) response.socket?.destroy();
      else if (turn <= 20 && turn % 4 === 1) response.writeHead(503, { "x-colour": "green" }).end();
      else if (turn <= 20 && turn % 4 === 2) response.end();
      else response.setHeader("x-colour", "green").end();
    });
    expect(ok).to.equal(true);
    const failed = (kind: string) => (facts?.[kind] as { failed: number }).failed;
    expect(failed("fresh") + failed("keptAlive")).to.equal(15);
  });

  it("fails at its deadline, naming what answered instead", async () => {
    const { ok, summary } = await probed((_, response) => void response.setHeader("x-colour", "blue").end(), {
      deadlineSeconds: 0.3,
    });
    expect(ok).to.equal(false);
    expect(summary).to.match(
      /^Cannot prove that only green answers .*fresh: \d+ blue, 0 failed, 0 of 10 agree \(last problem: an answer from blue\)/,
    );
  });

  it("stops when it is told to", async () => {
    const server = await answering(() => undefined);
    const context = testContext();
    const running = probe.run(settings(server.url), context);
    context.stop();
    const outcome = await running.then(
      () => "ended",
      (error: Error) => error.message,
    );
    await server.close();
    expect(outcome).to.equal("Stopped by SIGTERM");
  });
});
