import { expect } from "chai";
import { awaitGone, gone } from "../../../jobs/checks/gone.ts";
import { apiAt, type ClusterApi } from "../../../jobs/kubernetes/cluster-api.ts";
import { answering, testContext, type Answering } from "../answering.ts";

const LABELS = { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "blue" };

const pod = (name: string, more: { colour?: string; phase?: string; deleted?: string } = {}) => ({
  metadata: { name, ...(more.deleted === undefined ? {} : { deletionTimestamp: more.deleted }) },
  spec: {
    nodeName: "node-1",
    containers: [
      { name: "proxy" },
      {
        name: "app",
        env: [{ name: "ZERO_DOWNTIME_COLOUR", value: more.colour ?? "blue" }, { name: "PGPASSWORD" }],
      },
    ],
  },
  status: { phase: more.phase ?? "Running" },
});

describe("gone", () => {
  let server: Answering;
  let api: ClusterApi;
  /** What each look finds; the last one stays. */
  let looks: object[][];
  let status: number;

  beforeEach(async () => {
    [looks, status] = [[[]], 200];
    server = await answering((_, response) => {
      if (status !== 200) return void response.writeHead(status).end('{"message":"no"}');
      const items = looks.length > 1 ? looks.shift() : looks[0];
      response.end(JSON.stringify({ items }));
    });
    api = apiAt(server.url, () => Promise.resolve(""));
  });
  afterEach(() => server.close());

  const run = (more: object = {}) => {
    const asked = { namespace: "shop", labels: LABELS, version: "1.0.0", deadlineSeconds: 5, ...more };
    return awaitGone(gone.settings.parse(asked), testContext(), api);
  };

  it("waits until the last pod of the workload is gone, one that is ending among them", async () => {
    looks = [[pod("a"), pod("b")], [pod("b", { deleted: "2026-01-01T00:00:30Z" })], []];
    const { ok, summary } = await run();
    expect({ ok, summary }).to.deep.equal({ ok: true, summary: "No pod of 1.0.0 is left" });
    expect(server.requests.map(({ path }) => decodeURIComponent(path))).to.deep.equal(
      Array(3).fill(
        "/api/v1/namespaces/shop/pods?labelSelector=app.kubernetes.io/name=shop,zero-downtime/workload=blue",
      ),
    );
  });

  it("names what stays, where, and since when it was to end, and does not go on", async () => {
    looks = [[pod("shop-blue-1", { deleted: "2026-01-01T00:00:30Z" }), pod("shop-blue-2")]];
    const { ok, summary } = await run({ deadlineSeconds: 0.1 });
    expect(ok).to.equal(false);
    expect(summary).to.match(
      /^Cannot go on as 1\.0\.0 must have no pod left, .*2 still there: shop-blue-1 on node node-1 was to end by 2026-01-01T00:00:30Z; shop-blue-2 on node node-1 was not told to end\. Nothing was dropped/,
    );
  });

  it("looks for one version alone where a workload has pods of both, and at no container that was injected", async () => {
    looks = [[pod("new", { colour: "green" })]];
    expect(await run({ colour: "blue" })).to.include({ ok: true });
    looks = [[pod("new", { colour: "green" }), pod("old")]];
    expect((await run({ colour: "blue", deadlineSeconds: 0.1 })).summary).to.match(/1 still there: old on/);
  });

  it("minds no pod that has ended and was left in the list, as an evicted one is", async () => {
    looks = [[pod("evicted", { phase: "Failed" }), pod("done", { phase: "Succeeded" })]];
    expect(await run()).to.include({ ok: true });
  });

  it("says which right is missing, at once", async () => {
    status = 403;
    expect((await run()).summary).to.match(/Grant it to the job's ServiceAccount/);
  });
});
