import { expect } from "chai";
import { saysWho } from "../../../../jobs/checks/identity/says-who.ts";
import { probe } from "../../../../jobs/checks/probe.ts";
import { smoke } from "../../../../jobs/checks/smoke.ts";
import { answering, testContext, type Answer } from "../../answering.ts";

async function asked<Value>(answer: Answer, ask: (url: string) => Promise<Value>) {
  const server = await answering(answer);
  try {
    return { value: await ask(server.url), requests: server.requests };
  } finally {
    await server.close();
  }
}

const probed = (answer: Answer, more: object = {}) =>
  asked(answer, async (url) => {
    const settings = {
      url,
      path: "/version",
      identity: { by: "header", header: "x-colour" },
      allowed: ["green"],
      agreeing: 10,
      giveUpSeconds: 0.2,
      deadlineSeconds: 5,
      ...more,
    };
    const start = performance.now();
    const result = await probe.run(probe.settings.parse(settings), testContext());
    return { ...result, milliseconds: performance.now() - start };
  });

describe("a probe whose answers can never tell who gives them", () => {
  it("ends long before its deadline, and says what to set", async () => {
    const { value } = await probed((_, response) => void response.writeHead(404).end());
    expect(value.ok).to.equal(false);
    expect(value.milliseconds).to.be.lessThan(2_000);
    expect(value.summary).to.match(
      /^Cannot prove that only green answers at \S+ as no answer tells who gave it, for 0\.2 s now: answer 404 without the header x-colour\. Traffic has been written\. /,
    );
    expect(value.summary).to.include(
      "Let the application answer /version with the value of its variable ZERO_DOWNTIME_COLOUR in the header x-colour",
    );
    expect(value.summary).to.include("set zero-downtime:app.identity to { path, json }");
  });

  it("names the key and the versions where the JSON is another", async () => {
    const identity = { by: "json", key: "version", versions: { "1.0.0": "blue", "2.0.0": "green" } };
    const { value } = await probed((_, response) => void response.end('{"version":"6.14.1"}'), { identity });
    expect(value.summary).to.include(
      'answer 200 with version "6.14.1", which is none of 1.0.0, 2.0.0. Traffic has been written',
    );
    expect(value.summary).to.include("it must be what config calls it (1.0.0, 2.0.0)");
  });

  it("has patience while anything else happens", async () => {
    let turn = 0;
    const { value } = await probed((_, response) => {
      turn += 1;
      if (turn > 100) response.setHeader("x-colour", "green").end();
      else if (turn % 10 === 0) response.socket?.destroy();
      else response.writeHead(turn % 10 === 5 ? 503 : 404).end();
    });
    expect(value.ok, value.summary).to.equal(true);
  });

  it("waits for another colour until its deadline: that one may still go", async () => {
    const { value } = await probed((_, response) => void response.setHeader("x-colour", "blue").end(), {
      deadlineSeconds: 0.5,
    });
    expect(value.summary).to.match(/as 0\.5 s did not bring 10 answers in a row/);
  });
});

describe("a smoke test of a version on whose answers the probe will rely", () => {
  const identity = { told: { by: "header", header: "x-colour" }, path: "/version", colour: "green" } as const;
  const smoked = (answer: Answer, more: object = identity) =>
    asked(answer, (url) =>
      smoke.run(
        smoke.settings.parse({
          url,
          requests: [{ path: "/", expect: { status: 200 } }],
          identity: more,
          deadlineSeconds: 5,
        }),
        testContext(),
      ),
    );

  it("passes where they name the colour, asked as at the entrance", async () => {
    const { value, requests } = await smoked(
      (_, response) => void response.setHeader("x-colour", "green").end(),
      { ...identity, host: "shop.example.com" },
    );
    expect(value.ok, value.summary).to.equal(true);
    expect(value.summary).to.match(/^All 1 smoke requests .*\. Its answers at \/version name green$/);
    expect(requests.at(-1)?.headers.host).to.equal("shop.example.com");
  });

  it("asks nobody where a request has failed before", async () => {
    const { value, requests } = await smoked((_, response) => void response.writeHead(500).end());
    expect(value.ok).to.equal(false);
    expect(requests).to.have.length(1);
  });

  for (const [what, answer, problem] of [
    ["say nothing", {}, "answer 200 without the header x-colour"],
    ["name another colour", { "x-colour": "blue" }, "an answer from blue"],
    ["name what is none", { "x-colour": "$COLOUR" }, 'answer 200 with "$COLOUR" in the header x-colour'],
  ] as const)
    it(`fails soon where they ${what}, before any traffic is moved`, async () => {
      const { value } = await asked(
        (_, response) => void response.writeHead(200, answer).end(),
        (url) => saysWho(url, identity, testContext(), 100),
      );
      expect(value.ok).to.equal(false);
      expect(value.sentences[0]).to.match(
        /^Cannot know later that it is green who answers, as its pods alone/,
      );
      expect(value.sentences[0]).to.include(problem);
      expect(value.sentences[1]).to.match(/^No traffic was moved\. Let the application answer \/version/);
    });

  it("has patience with pods that become ready meanwhile", async () => {
    let turn = 0;
    const { value } = await asked(
      (_, response) => {
        turn += 1;
        if (turn > 2) response.setHeader("x-colour", "green");
        response.end();
      },
      (url) => saysWho(url, identity, testContext(), 5_000),
    );
    expect(value.ok).to.equal(true);
    expect(turn).to.equal(7);
  });
});
