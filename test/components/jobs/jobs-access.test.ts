import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../../components/cluster.ts";
import { JobsAccess, type JobsRights } from "../../../components/jobs/jobs-access.ts";

describe("what Jobs may do with the Kubernetes API", () => {
  /** The rules of their Role, as `verbs resources names`. */
  async function rulesOf(rights: JobsRights): Promise<string[]> {
    const rules: Record<string, readonly string[]>[] = [];
    await pulumi.runtime.setMocks({
      newResource: ({ type, name, inputs }) => {
        if (type.endsWith(":Role")) rules.push(...(inputs as { rules: typeof rules }).rules);
        return { id: name, state: inputs as object };
      },
      call: () => ({}),
    });
    const provider = undefined as unknown as Cluster["provider"];
    new JobsAccess("jobs", { provider, namespace: "live", app: "shop" }, rights, {});
    await pulumi.runtime.disconnect();
    return rules.map(({ verbs = [], resources = [], resourceNames = [] }) =>
      [verbs, resources, resourceNames]
        .map((each) => each.join(","))
        .join(" ")
        .trim(),
    );
  }

  const always = [
    "get,list deployments",
    "get,list pods,events",
    "get configmaps shop-verdict",
    "get,list endpointslices",
  ];

  it("is to read pods, the verdict and where Services lead", async () => {
    expect(await rulesOf({ mayPutBack: false, routes: [] })).to.deep.equal(always);
  });

  it("is to read the routes that a gateway must have accepted, and to write none", async () => {
    expect(await rulesOf({ mayPutBack: false, routes: ["web", "api"] })).to.deep.equal([
      ...always,
      "get httproutes web,api",
    ]);
  });

  it("is to write the one Deployment that is put back, where config asks for that", async () => {
    expect(await rulesOf({ mayPutBack: true, routes: [] })).to.deep.equal([
      ...always,
      "patch deployments shop-rolling",
    ]);
  });
});
