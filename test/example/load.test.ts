import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { type LoadOptions, parseLoadOptions } from "../../example/load/options.ts";
import { type Report, isClean } from "../../example/load/report.ts";
import { type Load, startLoad } from "../../example/load/start-load.ts";
import { until } from "../support/until.ts";
import { BookDouble, type Misdeeds } from "./book-double.ts";

describe("startLoad", function () {
  this.timeout(30_000);
  let double: BookDouble;
  let url: string;

  beforeEach(async () => {
    double = new BookDouble();
    url = await double.start();
  });
  afterEach(() => double.stop());

  async function load(misdeeds: Misdeeds = {}, options: Partial<LoadOptions> = {}): Promise<Report> {
    Object.assign(double.misdeeds, misdeeds);
    const running = await startLoad({ url, rate: 500, seconds: 20, requests: 300, ...options });
    await running.ended;
    return running.stop();
  }

  async function untilSent(running: Load, count: number): Promise<void> {
    while (running.snapshot().sent < count) await pause(10);
  }

  it("is clean when every answer is right, and counts each request once", async () => {
    const report = await load();
    expect(isClean(report), JSON.stringify(report)).to.equal(true);
    const { totals } = report;
    expect(totals).to.include({ sent: 300, answered: 300, inFlight: 0, failed: 0, wrong: 0, overflow: 0 });
    expect(totals.ok + totals.slow).to.equal(300);
    expect(totals.answersBy.fresh + totals.answersBy.keptAlive).to.equal(300);
    expect(report.check).to.include({
      addresses: double.addresses.size,
      lost: 0,
      changed: 0,
      complete: true,
    });
    expect(report.cpuSeconds).to.be.within(0.01, 5);
    const bySecond = report.seconds.flatMap(({ answers }) => answers);
    expect(bySecond.reduce((sum, { answers }) => sum + answers, 0)).to.equal(300);
    expect(
      bySecond.every(({ version, colour, failed }) => version !== "" && colour !== "" && failed === 0),
    ).to.equal(true);
  });

  it("keeps its rate, whatever the answers do", async () => {
    const began = performance.now();
    const report = await load(
      { before: stallOnce(400) },
      { rate: 300, requests: 300, seconds: 1, slowMilliseconds: 200 },
    );
    expect(performance.now() - began).to.be.below(10_000);
    expect(report.totals.sent).to.be.within(295, 300);
    // Whoever came during the stall waited, not only the one request that met it.
    expect(report.totals.slow).to.be.at.least(30);
  });

  it("uses fresh and kept-alive connections in the share that it is told", async () => {
    const { totals } = await load({}, { fresh: 0.5, connections: 4, requests: 400 });
    expect(totals.answersBy.fresh).to.be.within(150, 250);
    // More than four are opened only when all are busy.
    const kept = double.requestsOf.size - totals.answersBy.fresh;
    expect(kept).to.be.within(4, totals.answersBy.keptAlive / 2);
  });

  for (const [what, kind, misdeeds] of [
    [
      "a write that is not stored",
      "lost",
      { store: (address, stored) => void (address.id % 5 && stored.set(address.id, address)) },
    ],
    [
      "a write that is undone later",
      "changed",
      { store: (address, stored) => void (stored.has(address.id) || stored.set(address.id, address)) },
    ],
    ["an address that a list leaves out", "lost", { list: (page) => page.filter(({ id }) => id % 7 !== 0) }],
    [
      "an answer with another city",
      "changed",
      { show: (address) => ({ ...address, city: `${address.city}!` }) },
    ],
    [
      "a street that is not its parts",
      "disagreeing",
      { parts: true, show: (address) => ({ ...address, house_number: "99" }) },
    ],
    ["parts that are not those written", "changed", { parts: true, show: swapParts }],
    ["an answer without its fields", "malformed", { show: ({ id }) => ({ id }) }],
    ["a list out of order", "malformed", { list: (page) => page.toReversed() }],
    ["an answer of nobody", "malformed", { headers: {} }],
  ] satisfies [string, string, Misdeeds][]) {
    it(`calls ${what} wrong: ${kind}`, async () => {
      const report = await load(misdeeds, { list: 0.3, update: 0.4 });
      expect(report.totals.wrong).to.be.above(0);
      expect(report.totals.wrongBy).to.have.property(kind);
      expect(report.totals.failed).to.equal(0);
      expect(report.problems[0]).to.include({ result: "wrong" });
      expect(isClean(report)).to.equal(false);
    });
  }

  it("finds in the end what was lost after it was last looked at", async () => {
    const running = await startLoad({ url, rate: 500, seconds: 20, requests: 200 });
    // A snapshot may be older than the end: only the count tells that every answer is in.
    while (running.snapshot().answered < 200) await pause(10);
    const [first, second] = [...double.addresses.values()];
    if (!first || !second) throw new Error("Nothing was created");
    double.addresses.delete(first.id);
    second.street = "Elsewhere 1";
    const report = await running.stop();
    expect(report.totals.wrong).to.equal(0);
    expect(report.check).to.include({ lost: 1, changed: 1, complete: true });
    expect(isClean(report)).to.equal(false);
  });

  it("counts failures by their kind", async () => {
    let turn = 0;
    const before: Misdeeds["before"] = (_, __, response, socket) => {
      turn += 1;
      if (turn % 10 === 0) response.writeHead(503).end("away");
      else if (turn % 10 === 1) socket.destroy();
      else if (turn % 10 === 2) response.writeHead(429).end();
      else return turn % 10 === 3;
      return true;
    };
    const { totals } = await load({ before }, { fresh: 1, timeoutMilliseconds: 300, requests: 200 });
    expect(totals.failedBy).to.deep.equal({ "5xx": 20, reset: 20, "4xx": 20, timeout: 20 });
    expect(totals.failed).to.equal(80);
    expect(totals.wrong).to.equal(0);
  });

  it("counts a server that does not listen", async () => {
    await double.stop();
    const report = await load({}, { requests: 50 });
    expect(report.totals.failedBy).to.deep.equal({ refused: 50 });
    double = new BookDouble();
    await double.start();
  });

  it("accepts both outcomes of a write whose answer was lost", async () => {
    let turn = 0;
    // Stored, but the answer never comes.
    const store: Misdeeds["store"] = (address, stored) => stored.set(address.id, address);
    const lostAnswer: Misdeeds["before"] = (method, _, response) => {
      if (method !== "PUT" || (turn += 1) % 4 !== 0) return false;
      response.writeHead = () => response;
      response.end = () => response;
      return false;
    };
    const { totals, check } = await load(
      { before: lostAnswer, store },
      { update: 0.5, timeoutMilliseconds: 300 },
    );
    expect(totals.failedBy["timeout"]).to.be.above(0);
    expect(totals.wrong).to.equal(0);
    expect(check).to.include({ lost: 0, changed: 0, complete: true });
  });

  it("repeats GET and PUT on a connection that the server had just closed, never POST, and counts it", async () => {
    // As a server that closes an idle connection while a request is on its way: read, dropped, no
    // byte of an answer.
    const closing: Misdeeds["before"] = (_, __, ___, socket) => {
      const reused = (double.requestsOf.get(socket) ?? 0) > 2;
      if (reused) socket.resetAndDestroy();
      return reused;
    };
    const { totals } = await load({ before: closing }, { rate: 100, create: 0.2, connections: 4, fresh: 0 });
    expect(totals.retriedIdleClose).to.be.above(0);
    expect(totals.failed).to.be.above(0);
    expect(totals.failedBy).to.deep.equal({ reset: totals.failed });
    expect(totals.wrong).to.equal(0);
  });

  it("does not repeat what failed on a fresh connection, or after the first byte", async () => {
    const cutting: Misdeeds["before"] = (_, __, response, socket) => {
      if ((double.requestsOf.get(socket) ?? 0) < 3) return false;
      response.writeHead(200, { "content-length": 100 }).write("{", () => socket.destroy());
      return true;
    };
    const { totals } = await load({ before: cutting }, { rate: 100, connections: 4, fresh: 0 });
    expect(totals.retriedIdleClose).to.equal(0);
    expect(totals.failedBy["reset"]).to.be.above(0);
  });

  it("bounds what is under way, and counts what it could not send", async () => {
    const { totals } = await load(
      { before: () => true },
      { inFlight: 10, timeoutMilliseconds: 500, requests: 100 },
    );
    expect(totals.overflow).to.be.within(60, 90);
    expect(totals.sent + totals.overflow).to.equal(100);
  });

  it("writes the parts once a version that takes them answers, and takes no offence when another declines", async () => {
    const running = await startLoad({ url, rate: 500, seconds: 20, split: 1, update: 0.4 });
    await untilSent(running, 100);
    expect([...double.addresses.values()].some((address) => "street_name" in address)).to.equal(false);
    double.misdeeds.parts = true;
    await untilSent(running, 300);
    double.misdeeds.parts = false;
    await until("a write in parts is declined", () => running.snapshot().declined > 0);
    const { totals, problems } = await running.stop();
    // This double forgets the parts when it goes back, which the real one must not.
    expect(totals.failed, JSON.stringify(problems.find(({ result }) => result === "failed"))).to.equal(0);
    expect(totals.declined).to.be.above(0);
    expect(
      [...double.addresses.values()].some((address) => typeof address.house_number === "string"),
    ).to.equal(true);
  });

  it("tells who answered, when first and when last, and the longest gap, per mark", async () => {
    const running = await startLoad({ url, rate: 500, seconds: 20, timeoutMilliseconds: 1_000 });
    await untilSent(running, 50);
    const blue = await running.mark("switch");
    double.misdeeds.headers = { "x-version": "2", "x-colour": "green" };
    const written = Date.now();
    await untilSent(running, 150);
    double.misdeeds.before = () => true;
    await pause(300);
    delete double.misdeeds.before;
    await untilSent(running, 500);
    const { segments, totals } = await running.stop();
    expect(blue.label).to.equal("start");
    expect(blue.totals.seen.map(({ colour }) => colour)).to.deep.equal(["blue", "blue"]);
    expect(segments.map(({ label }) => label)).to.deep.equal(["start", "switch"]);
    const [, after] = segments;
    const last = (colour: string) =>
      Math.max(
        ...(after?.totals.seen ?? []).filter((each) => each.colour === colour).map(({ lastAt }) => lastAt),
      );
    expect(last("blue") - written).to.be.below(2_000);
    expect(last("green")).to.be.above(written + 300);
    expect(after?.totals.longestGap.keptAlive).to.be.within(250, 10_000);
    const gaps = segments.map((each) => each.totals.longestGap);
    expect(totals.longestGap).to.deep.equal({
      fresh: Math.max(...gaps.map(({ fresh }) => fresh)),
      keptAlive: Math.max(...gaps.map(({ keptAlive }) => keptAlive)),
    });
    expect(segments.reduce((sum, each) => sum + each.totals.sent, 0)).to.equal(totals.sent);
  });

  it("stops when it is told to, once", async () => {
    const running = await startLoad({ url, rate: 200, seconds: 600 });
    await untilSent(running, 10);
    const [first, second] = await Promise.all([running.stop(), running.stop()]);
    expect(first).to.equal(second);
    expect(first.totals.inFlight).to.equal(0);
    await running.ended;
  });
});

function stallOnce(milliseconds: number): NonNullable<Misdeeds["before"]> {
  let stalled = false;
  return () => {
    if (!stalled) {
      stalled = true;
      const until = performance.now() + milliseconds;
      // The whole double stands still, as a process that collects garbage does.
      while (performance.now() < until);
    }
    return false;
  };
}

function swapParts(address: { street: string; street_name?: string; house_number?: string | null }): unknown {
  const [first = "", ...rest] = address.street.split(" ");
  return rest.length > 0 && address.house_number !== null
    ? { ...address, street_name: first, house_number: rest.join(" ") }
    : address;
}

describe("parseLoadOptions", () => {
  it("refuses any host but this machine, unless it is named", () => {
    for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
      expect(parseLoadOptions({ url: `http://${host}:1` }).rate).to.equal(100);
    }
    expect(() => parseLoadOptions({ url: "http://10.0.0.1" })).to.throw(
      /not this machine.*--allow-host 10.0.0.1/,
    );
    expect(parseLoadOptions({ url: "http://10.0.0.1", allowHost: "10.0.0.1" }).url).to.equal(
      "http://10.0.0.1",
    );
  });

  it("refuses shares that do not fit and options that do not exist", () => {
    expect(() => parseLoadOptions({ url: "http://localhost", create: 0.5, update: 0.6 })).to.throw(
      /more than 1/,
    );
    const unknown = { url: "http://localhost", speed: 3 };
    expect(() => parseLoadOptions(unknown)).to.throw(/speed/);
  });
});
