import { expect } from "chai";
import { checks, runInTurn } from "../../../jobs/checks/checks.ts";
import type { Result } from "../../../jobs/job.ts";
import { answering, testContext } from "../answering.ts";

describe("checks", () => {
  const context = testContext();
  const asked = ["ready-green", "smoke-green", "warm-up-green"].map((name) => ({ name }));

  it("are made in turn, and tell what each has said", async () => {
    const result = await runInTurn(asked, context, ({ name }) =>
      Promise.resolve({ ok: true, summary: `${name} is fine.`, facts: { name } }),
    );
    expect(result).to.deep.equal({
      ok: true,
      summary: "ready-green is fine. smoke-green is fine. warm-up-green is fine.",
      facts: {
        checks: asked.map(({ name }) => ({ name, ok: true, summary: `${name} is fine.`, facts: { name } })),
      },
    });
    expect(context.lines).to.include.members(["ready-green (1 of 3)", "smoke-green (2 of 3)"]);
  });

  for (const [how, fail] of [
    ["fails", () => Promise.resolve<Result>({ ok: false, summary: "Cannot go on" })],
    ["throws", () => Promise.reject(new Error("Cannot go on"))],
  ] as const)
    it(`end with the first that ${how}, in its words, and keep what comes after from starting`, async () => {
      const made: string[] = [];
      const result = await runInTurn(asked, context, ({ name }) => {
        made.push(name);
        return name === "smoke-green" ? fail() : Promise.resolve({ ok: true, summary: "fine" });
      });
      expect(made).to.deep.equal(["ready-green", "smoke-green"]);
      expect(result).to.include({ ok: false, summary: "Cannot go on" });
      expect(result.facts?.["checks"]).to.deep.equal([
        { name: "ready-green", ok: true, summary: "fine" },
        { name: "smoke-green", ok: false, summary: "Cannot go on" },
      ]);
    });

  it("are the programs that make them alone", async () => {
    const server = await answering((_, response) => response.end("hello"));
    const { url } = server;
    const expected = { path: "/", expect: { status: 200, text: "hello" } };
    const settings = checks.settings.parse({
      checks: [
        { name: "smoke-blue", program: "smoke", settings: { url, requests: [expected], deadlineSeconds: 5 } },
        {
          name: "warm-up-blue",
          program: "warm-up",
          settings: { url, paths: ["/warm"], requests: 20, concurrency: 2, deadlineSeconds: 5 },
        },
      ],
    });
    const result = await checks.run(settings, testContext());
    await server.close();
    expect(result.ok, result.summary).to.equal(true);
    expect(server.requests.map(({ path }) => path)).to.deep.equal(["/", ...Array<string>(20).fill("/warm")]);
  });
});
