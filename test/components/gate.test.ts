import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { openGate, type GateArgs } from "../../components/gate.ts";
import { readPast } from "../../components/past.ts";
import { asJson, type Release } from "../../release/release.ts";
import { verdictIn, type FoundVerdict } from "../../release/verdict.ts";
import { recordOf } from "../release/records.ts";
import { at, stable } from "../release/releases.ts";
import { dependenciesByName } from "./dependencies-by-name.ts";
import { knowHooks } from "./know-hooks.ts";

const base = stable("canary", true);
const image = base.to?.image ?? "";
const deploy = at(base, { phase: "deploy", active: "blue" });
const backfill = at(base, { phase: "backfill", active: "blue" });
const rung = at(base, { phase: "canary", active: "blue", weight: 5 });
const switched = at(base, { phase: "switch", active: "green" });
const retire = at(base, { phase: "retire", active: "green" });

const failed: FoundVerdict = {
  found: {
    ...recordOf(image, {}),
    failed: { watched: "switch", sentence: "9 of 90 failed.", at: "2026-01-01T00:00:00Z" },
  },
};
const lost = verdictIn(undefined, { namespace: "shop", app: "shop" });

/** What the state holds of the last `up`s. */
interface Past {
  readonly completed?: Release;
  /** Where it is another than the completed stage: one that did not finish. */
  readonly left?: Release;
}

describe("an up", () => {
  /** @returns why the program refuses to go on; null where it goes on */
  async function refused(
    next: Release,
    { completed, left }: Past,
    verdict: FoundVerdict,
    recover = false,
    ask?: GateArgs["ask"],
  ): Promise<string | null> {
    const mark = (name: string, input: unknown) => [
      `urn:pulumi:test::shop::pulumi:index:Stash::${name}`,
      { outputs: { input: asJson(input) } },
    ];
    const marks = completed
      ? [
          mark("completed", {
            release: completed,
            tested: {},
            origin: null,
            attempt: "1",
            number: 1,
            jobs: {},
          }),
          mark("entered", left ? { release: left, attempt: "2" } : { release: completed, attempt: "1" }),
        ]
      : left
        ? [mark("entered", { release: left, attempt: "2" })]
        : [];
    const mocks: pulumi.runtime.Mocks = {
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: () => ({ outputs: Object.fromEntries(marks) as object }),
    };
    await pulumi.runtime.setMocks(mocks, "shop", "test", false, "organization");
    knowHooks();
    const judged = { verdict: () => Promise.resolve(verdict), allowance: null };
    const args = { release: next, past: await readPast(), recover, judged, warnings: [], problems: [] };
    const reason = await openGate({ ...args, ...(ask ? { ask } : {}) }).then(
      () => null,
      (error: unknown) => String(error),
    );
    await pulumi.runtime.disconnect();
    return reason;
  }

  for (const [what, stage] of [
    ["a rung", rung],
    ["switch", switched],
    ["retire", retire],
  ] as const) {
    it(`that changes nothing in ${what} is refused once the candidate has failed: a refresh makes it write`, async () => {
      expect(await refused(stage, { completed: stage }, failed)).to.match(
        /2\.0\.0 failed in switch at .*: 9 of 90 failed\. .* The way back is deploy with blue active\.\nNothing was changed\./,
      );
    });

    it(`that recovers ${what} after a lost state is refused then, too`, async () => {
      expect(await refused(stage, {}, failed, true)).to.match(/2\.0\.0 failed in switch/);
    });
  }

  it("that recovers a stage after another one was tried is not refused for a verdict that nobody has given", async () => {
    expect(await refused(switched, { left: deploy }, lost, true)).to.equal(null);
  });

  it("that repeats a stage that did not finish, or returns to the one before, is refused as well", async () => {
    for (const next of [switched, retire])
      expect(await refused(next, { completed: switched, left: retire }, failed)).to.match(/2\.0\.0 failed/);
  });

  it("that changes nothing is refused where the verdict was lost, as nobody knows what it was", async () => {
    for (const stage of [rung, switched])
      expect(await refused(stage, { completed: stage }, lost)).to.match(
        /there is no ConfigMap shop\/shop-verdict/,
      );
  });

  it("asks beforehand about a legal move that has something to do, and about no other", async () => {
    const asked: (string | undefined)[] = [];
    const ask: GateArgs["ask"] = (origin) => Promise.resolve(void asked.push(origin?.release.phase));
    const past = { completed: deploy };
    const nothing: FoundVerdict = { found: null };
    expect(await refused(deploy, past, nothing, false, ask)).to.equal(null);
    expect(await refused(retire, past, nothing, false, ask)).to.match(/The next legal step is/);
    expect(asked).to.deep.equal([]);
    expect(await refused(backfill, past, nothing, false, ask)).to.equal(null);
    expect(asked).to.deep.equal(["deploy"]);
  });

  it("has what its mark is made with in the state before that mark", async () => {
    const mocks: pulumi.runtime.Mocks = {
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: () => ({ outputs: {} }),
    };
    await pulumi.runtime.setMocks(mocks, "shop", "test", false, "organization");
    knowHooks();
    const awaited = dependenciesByName();
    const before = () => [new pulumi.Stash("key", { input: "random" })];
    const judged = { verdict: () => Promise.resolve(lost), allowance: null };
    const args = { release: base, recover: false, judged, warnings: [], problems: [] };
    await openGate({ ...args, past: await readPast(), before });
    await pulumi.runtime.disconnect();
    expect(awaited.get("entered")).to.deep.equal(["key"]);
  });

  it("goes on no further where what it asks beforehand refuses", async () => {
    const ask = () => Promise.reject(new pulumi.RunError("no room"));
    expect(await refused(backfill, { completed: deploy }, { found: null }, false, ask)).to.match(/no room/);
  });
});
