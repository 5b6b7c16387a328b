import { expect } from "chai";
import { smoke } from "../../../jobs/checks/smoke.ts";
import { type Answering, answering, testContext } from "../answering.ts";

const settings = (url: string, requests: unknown[], deadlineSeconds = 5) =>
  smoke.settings.parse({ url, requests, deadlineSeconds });

describe("smoke", () => {
  let server: Answering;

  before(async () => {
    server = await answering(({ method, path, body }, response) => {
      if (path === "/slow") return;
      response.setHeader("x-version", "2.0.0");
      if (path !== "/announcing") response.setHeader("connection", "keep-alive");
      if (path === "/broken") return void response.writeHead(500).end("oh no");
      if (path === "/text") return void response.end("not JSON");
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ method, got: body, list: [{ a: 1, b: 2 }], empty: null }));
    });
  });
  after(() => server.close());

  it("passes when every answer is as expected, whatever else it holds", async () => {
    const context = testContext();
    const result = await smoke.run(
      settings(server.url, [
        {
          method: "get",
          path: "/",
          expect: { status: 200, json: { method: "GET", list: [{ a: 1 }], empty: null } },
        },
        {
          method: "POST",
          path: "/",
          body: { name: "Ann" },
          expect: { status: 200, text: '\\"name\\":\\"Ann\\"' },
        },
        { path: "/broken", expect: { status: 500, text: "oh", header: { "X-Version": "2.0.0" } } },
      ]),
      context,
    );
    expect(result).to.deep.include({
      ok: true,
      summary: `All 3 smoke requests were answered as expected by ${server.url}`,
    });
    expect(context.lines).to.have.length(3);
    expect(server.requests).to.have.length(3);
    expect(server.requests.find(({ method }) => method === "POST")?.headers["content-type"]).to.equal(
      "application/json",
    );
  });

  it("notes a server that says that it closes idle connections sooner than gateways do, and passes it", async () => {
    const context = testContext();
    const { ok, summary } = await smoke.run(
      settings(server.url, [{ path: "/announcing", expect: { status: 200 } }]),
      context,
    );
    expect(ok).to.equal(true);
    expect(summary).to.match(
      /as expected by \S+\. The server closes idle connections after 5 s\. .*\(Node keepAliveTimeout, .* docs\/servers\.md/,
    );
    expect(context.lines.at(-1)).to.match(/^note: The server closes/);
  });

  it("notes one that closes them without saying so, while the other requests are sent", async () => {
    const impatient = await answering(({ path }, response) => {
      response.setHeader("connection", "keep-alive");
      if (path === "/") return void response.end("first", () => response.socket?.end());
      setTimeout(() => response.end("later"), 200);
    });
    const requests = ["/", "/later"].map((path) => ({ path, expect: { status: 200 } }));
    const { ok, summary } = await smoke.run(settings(impatient.url, requests), testContext());
    await impatient.close();
    expect(ok).to.equal(true);
    expect(summary).to.match(/The server closes idle connections after 0(\.\d)? s\. /);
  });

  it("notes nothing of one that ends each connection with its answer", async () => {
    const ending = await answering((_, response) => void response.setHeader("connection", "close").end());
    const asked = settings(ending.url, [{ path: "/", expect: { status: 200 } }]);
    const { summary } = await smoke.run(asked, testContext());
    await ending.close();
    expect(summary).to.equal(`All 1 smoke requests were answered as expected by ${ending.url}`);
  });

  for (const [what, path, expected, sentence] of [
    ["another status", "/broken", { status: 200 }, "expected status 200, got 500: oh no"],
    [
      "another value",
      "/",
      { status: 200, json: { list: [{ b: 3 }] } },
      'expected "list[0].b" in the JSON to be 3, got 2',
    ],
    [
      "a missing key",
      "/",
      { status: 200, json: { street: "" } },
      'expected "street" in the JSON to be "", got nothing',
    ],
    [
      "a list of another length",
      "/",
      { status: 200, json: { list: [] } },
      'expected "list" in the JSON to be [], got [{"a":1,"b":2}]',
    ],
    ["no JSON", "/text", { status: 200, json: {} }, "expected JSON, got not JSON"],
    ["another text", "/text", { status: 200, text: "JASON" }, 'expected a text with "JASON", got not JSON'],
    [
      "another header",
      "/",
      { status: 200, header: { "x-version": "1" } },
      "expected header x-version: 1, got 2.0.0",
    ],
    [
      "no header",
      "/",
      { status: 200, header: { "x-colour": "blue" } },
      "expected header x-colour: blue, got none",
    ],
  ] as const) {
    it(`fails on ${what}, and says what was expected and what came`, async () => {
      const result = await smoke.run(settings(server.url, [{ path, expect: expected }]), testContext());
      expect(result.ok).to.equal(false);
      expect(result.summary).to.include(`request 1 of 1, GET ${path} at ${server.url}, failed: ${sentence}`);
    });
  }

  it("stops at the first failure", async () => {
    const seen = server.requests.length;
    await smoke.run(
      settings(server.url, [
        { path: "/broken", expect: { status: 200 } },
        { path: "/", expect: { status: 200 } },
      ]),
      testContext(),
    );
    expect(server.requests.length).to.equal(seen + 1);
  });

  it("waits for a server that does not listen yet", async () => {
    const first = await answering((_, response) => void response.end("hello"));
    const port = Number(new URL(first.url).port);
    await first.close();
    const context = testContext();
    let late: Promise<Answering> | undefined;
    const log = (line: string) => {
      if (line.startsWith("waiting")) late ??= answering((_, response) => void response.end("hello"), port);
    };
    const result = await smoke.run(settings(first.url, [{ path: "/", expect: { status: 200 } }]), {
      ...context,
      log,
    });
    await (await late)?.close();
    expect(result.ok).to.equal(true);
  });

  it("gives up at its deadline, when nobody listens and when nobody answers", async () => {
    const closed = await answering(() => undefined);
    await closed.close();
    const refused = await smoke.run(
      settings(closed.url, [{ path: "/", expect: { status: 200 } }], 0.3),
      testContext(),
    );
    expect(refused.summary).to.match(/expected status 200, got no answer: .*ECONNREFUSED/);
    const silent = await smoke.run(
      settings(server.url, [{ path: "/slow", expect: { status: 200 } }], 0.3),
      testContext(),
    );
    expect(silent.summary).to.match(/got no answer: .*no answer within \d+ ms/);
  });

  it("refuses settings without requests", () => {
    expect(smoke.settings.safeParse({ url: "http://x", requests: [], deadlineSeconds: 1 }).success).to.equal(
      false,
    );
  });
});
