import { expect } from "chai";
import { configSchema } from "../../protocol/config/config-schema.ts";
import type { Cluster } from "../../components/cluster.ts";
import { deploymentOf } from "../../components/workload.ts";

describe("the pods of a colour", () => {
  it("may take as long to start as startSeconds before anybody restarts them, and are soon seen when they have", () => {
    const deployment = deploymentOf({
      cluster: { namespace: "shop", app: "shop" } as Cluster,
      app: configSchema.shape.app.parse({ name: "shop", liveness: "/alive", startSeconds: 900 }),
      workload: "blue",
      slot: { colour: "blue", version: "1", image: "registry/shop@sha256:1", schema: null },
      size: "full",
      number: 1,
      environment: [],
    });
    const [container] = deployment.spec.template.spec.containers as {
      startupProbe: { httpGet: { path: string }; periodSeconds: number; failureThreshold: number };
    }[];
    const probe = container?.startupProbe;
    expect(probe?.httpGet.path).to.equal("/alive");
    expect((probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0)).to.equal(900);
    expect(probe?.periodSeconds).to.equal(1);
  });
});
