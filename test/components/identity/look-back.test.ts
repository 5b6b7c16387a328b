import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Seen } from "../../../protocol/state/marks.ts";
import { lookBack, UNSEEN } from "../../../components/identity/look-back.ts";
import type { Past } from "../../../components/past.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { simpleEntrances } from "../../../protocol/traffic/simple-entrances.ts";
import { plan } from "../../../release/plan.ts";
import type { Release } from "../../../release/release.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { answering } from "../../jobs/answering.ts";

const WRITTEN_AT = "2026-01-01T00:00:05Z";

const route = {
  metadata: {
    name: "shop",
    managedFields: [
      { manager: "zero-downtime", time: WRITTEN_AT, fieldsV1: { "f:spec": { "f:rules": {} } } },
      { manager: "kubectl", time: "2026-02-02T00:00:00Z", fieldsV1: { "f:metadata": {} } },
    ],
  },
};
const trial = (status: string) => ({
  metadata: { name: "shop-trial", generation: 2 },
  status: {
    parents: [
      {
        parentRef: { name: "public" },
        conditions: ["Accepted", "ResolvedRefs"].map((type) => ({
          type,
          status,
          reason: "Because",
          observedGeneration: 2,
        })),
      },
    ],
  },
});

describe("what is known of who answers before an attempt writes anything", () => {
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-look-back-"));
  const kubeconfig = join(folder, "kubeconfig");
  after(() => rmSync(folder, { recursive: true }));

  const places = allPlaces(stable("canary", true));
  const placeOf = (phase: string): Release => {
    const found = places.find((release) => release.phase === phase);
    if (!found) throw new RangeError(`Cannot test without ${phase}`);
    return found;
  };

  /** What is found in a cluster with these objects, on the way to a stage. */
  async function found(
    objects: Readonly<Record<string, object>>,
    { to = "retire", past = ["switch", "switch"], identity = "entrance" as unknown, status = 200 } = {},
  ): Promise<Seen & { readonly asked: readonly string[] }> {
    const server = await answering(({ path }, response) => {
      const object = objects[path.split("/").at(-1) ?? ""];
      response.writeHead(object ? status : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(object ?? { message: "not found" }));
    });
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: "shop", cluster: { server: server.url, "insecure-skip-tls-verify": true } }],
        users: [{ name: "shop", user: { token: "token" } }],
        contexts: [{ name: "shop", context: { cluster: "shop", user: "shop" } }],
        "current-context": "shop",
      }),
    );
    const config = configSchema.parse({
      active: "blue",
      phase: "stable",
      strategy: "canary",
      namespace: "live",
      cluster: { kubeconfig },
      app: { name: "shop", ...(identity === null ? {} : { identity }) },
      traffic: {
        mode: "gateway",
        gateway: { name: "public", namespace: "infra" },
        clusterUrl: "http://gateway.infra.svc",
      },
    });
    const [completed, entered] = past.map((phase) => ({ release: placeOf(phase) }));
    try {
      const { steps } = plan(placeOf(to), { release: placeOf(past[0] ?? ""), tested: {} });
      const back = await lookBack(config, {
        entrances: simpleEntrances(config),
        steps,
        past: { completed, entered } as unknown as Pick<Past, "completed" | "entered">,
      });
      return { ...(back ?? UNSEEN), asked: server.requests.map(({ path }) => path) };
    } finally {
      await server.close();
    }
  }

  it("is nothing, and nobody is asked, where the application itself says who it is", async () => {
    for (const identity of [null, { header: "x-colour" }, { path: "/v", json: "version" }]) {
      const { asked, idleSince, untried } = await found({ shop: route }, { identity });
      expect(asked).to.deep.equal([]);
      expect(idleSince).to.equal(null);
      expect(untried).to.equal("config asks for none");
    }
  });

  it("is that the routes get the probe's rule once a gateway has accepted the trial's", async () => {
    const accepted = await found({ shop: route, "shop-trial": trial("True") });
    expect(accepted.untried).to.equal(null);
    expect(accepted.asked).to.include(
      "/apis/gateway.networking.k8s.io/v1/namespaces/live/httproutes/shop-trial",
    );
    expect((await found({ shop: route, "shop-trial": trial("False") })).untried).to.equal(
      "the Gateway public does not accept the HTTPRoute shop-trial: Because",
    );
    expect((await found({ shop: route })).untried).to.equal(
      "the Gateway has not been tried yet, which this up does for the next",
    );
  });

  it("is when traffic was taken from those who lose their pods now, at the latest", async () => {
    const { idleSince } = await found({ shop: route }, { identity: "endpoints" });
    expect(idleSince).to.equal(Date.parse(WRITTEN_AT));
  });

  it("is not known where they may have had some since: a stage was entered, and not completed", async () => {
    expect((await found({ shop: route }, { to: "backfill", past: ["deploy", "deploy"] })).idleSince).to.equal(
      Date.parse(WRITTEN_AT),
    );
    expect((await found({ shop: route }, { to: "backfill", past: ["deploy", "canary"] })).idleSince).to.equal(
      null,
    );
  });

  it("is not known where the cluster does not show it", async () => {
    expect((await found({})).idleSince).to.equal(null);
    expect((await found({ shop: { metadata: {} } })).idleSince).to.equal(null);
    const unasked = await found({ shop: route }, { status: 500 });
    expect(unasked.idleSince).to.equal(null);
    expect(unasked.untried).to.match(/^the cluster could not be asked: .*500/);
  });
});
