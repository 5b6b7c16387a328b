import { expect } from "chai";
import { apiAt, type ClusterApi } from "../../../jobs/kubernetes/cluster-api.ts";
import { awaitGuardStopped } from "../../../jobs/checks/guard-stopped.ts";
import type { CandidateRecord } from "../../../release/verdict.ts";
import { answering, testContext, type Answering } from "../answering.ts";

const IMAGE = "registry/app@sha256:green";

const asked = {
  namespace: "shop",
  labels: { job: "guard" },
  verdict: "shop-verdict",
  image: IMAGE,
  deadlineSeconds: 5,
};

describe("guard-stopped", () => {
  let server: Answering;
  let api: ClusterApi;
  let pods: string[];
  let verdict: Partial<CandidateRecord> | undefined;
  let looks: number;

  beforeEach(async () => {
    [pods, verdict, looks] = [[], undefined, 0];
    server = await answering(({ path }, response) => {
      if (!path.includes("/pods")) {
        const data = verdict === undefined ? {} : { verdict: JSON.stringify(verdict) };
        return void response.end(JSON.stringify({ data }));
      }
      looks += 1;
      // The guard's pod ends in its own time.
      const items = looks > 2 ? [] : pods.map((name) => ({ metadata: { name } }));
      response.end(JSON.stringify({ items }));
    });
    api = apiAt(server.url, () => Promise.resolve(""));
  });
  afterEach(() => server.close());

  const run = (more: Partial<typeof asked> = {}) =>
    awaitGuardStopped({ ...asked, ...more }, testContext(), api);
  const record = { image: IMAGE, version: "2.0.0", watched: "switch", stages: {} } as const;
  const failed = { watched: "switch", sentence: "9 of 90 failed", at: "2026-01-01T00:00:00Z" } as const;

  it("waits until the guard's pod is gone, and is content where nothing has failed", async () => {
    pods = ["shop-guard-1"];
    verdict = { ...record, failed: null };
    expect(await run()).to.include({ ok: true });
    expect(looks).to.equal(3);
  });

  it("reads the verdict after that, and refuses where it is a fail of this candidate", async () => {
    verdict = { ...record, failed };
    const { ok, summary } = await run();
    expect(ok).to.equal(false);
    expect(summary).to.equal(
      "Cannot park the old version as 2.0.0 failed in switch at 2026-01-01T00:00:00Z: 9 of 90 failed. Nothing was parked; go back to deploy",
    );
    verdict = { ...record, image: "another", failed };
    expect(await run()).to.include({ ok: true });
  });

  it("gives up at its limit, and names the pod that stays", async () => {
    pods = ["shop-guard-1"];
    const { ok, summary } = await run({ deadlineSeconds: 0.1 });
    expect(ok).to.equal(false);
    expect(summary).to.match(/shop-guard-1 still runs/);
  });
});
