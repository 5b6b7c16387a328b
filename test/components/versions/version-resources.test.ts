import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import { expect } from "chai";
import type { Cluster } from "../../../components/cluster.ts";
import { recordOf } from "../../../components/versions/record-of.ts";
import { simpleVersionOf } from "../../../components/versions/simple-version-of.ts";
import { keyMark, VersionResources } from "../../../components/versions/version-resources.ts";
import type { KubeObject } from "../../../manifests/kube-object.ts";
import type { VersionObjects } from "../../../manifests/version-objects.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import type { Release, Slot } from "../../../release/release.ts";
import { at, stable } from "../../release/releases.ts";

const config = configSchema.parse({
  active: "blue",
  phase: "stable",
  strategy: "canary",
  namespace: "shop",
  app: { name: "shop" },
  traffic: { mode: "service" },
  jobs: { repository: "registry/jobs" },
});

const cluster: Cluster = {
  provider: undefined as unknown as Cluster["provider"],
  namespace: "shop",
  app: "shop",
  form: "manifests",
};

const object = (apiVersion: string, kind: string, name: string, namespace = "shop"): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
});

type Objects = Partial<Pick<VersionObjects, "versioned" | "shared">>;
type Register = (request: RegisterResourceRequest, answer: unknown) => Promise<void>;

/** What the engine is told of what versions need, by the resources' names. */
async function registered(
  release: Release,
  of: Readonly<Record<string, Objects>>,
  types: ReadonlyMap<string, readonly string[]> = new Map(),
) {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }), call: () => ({}) },
    "shop",
    "test",
    false,
    "organization",
  );
  const requests = new Map<string, RegisterResourceRequest>();
  const monitor = getMonitor() as unknown as { registerResource: Register };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) => {
    requests.set(`${request.getType()} ${request.getName()}`, request);
    return register(request, answer);
  };
  const objectsOf = (slot: Slot): VersionObjects => ({
    ...simpleVersionOf(config, slot),
    ...of[slot.colour],
  });
  const slots = [release.from, ...(release.phase === "stable" ? [] : [release.to])];
  const records = Object.fromEntries(
    slots.map((slot) => [slot.colour, recordOf("key", slot, "shop", objectsOf(slot))]),
  );
  const versions = { release, records, key: "key", of: objectsOf, problems: [], notes: [], files: [] };
  const key = keyMark(versions, null);
  const made = new VersionResources(
    "version",
    { cluster, versions, secrets: null, past: { types } },
    { dependsOn: key },
  );
  const ready = await Promise.all(
    made.ready.map((each) => new Promise((resolve) => void each.urn.apply(resolve))),
  );
  await pulumi.runtime.disconnect();
  return { requests, ready: ready.map((urn) => String(urn).split("::").slice(-1).join()) };
}

const kubernetes = (requests: ReadonlyMap<string, unknown>) =>
  [...requests.keys()].filter((name) => /^kubernetes:/.test(name)).sort();

describe("what versions need besides their pods", () => {
  const base = stable("canary", false);
  const deploy = at(base, { phase: "deploy", active: "blue" });
  const map = (name: string) => object("v1", "ConfigMap", name);

  it("is all there before any pod: of both colours, what they have in common once", async () => {
    const { requests, ready } = await registered(deploy, {
      blue: { versioned: [map("texts-1"), map("same-1")], shared: [map("flags"), map("old")] },
      green: { versioned: [map("texts-2"), map("same-1")], shared: [map("flags")] },
    });
    const names = ["shared-configmap-flags", "shared-configmap-old"];
    const versioned = ["same-1", "texts-1", "texts-2"].map((name) => `version-configmap-${name}`);
    expect(kubernetes(requests)).to.deep.equal([
      ...[...names, ...versioned].map((name) => `kubernetes:core/v1:ConfigMap ${name}`),
      "kubernetes:core/v1:Secret record-blue",
      "kubernetes:core/v1:Secret record-green",
    ]);
    expect(ready).to.have.members([
      ...names,
      ...versioned,
      ...["record-blue", "record-blue", "record-green", "record-green"],
    ]);
    for (const [name, request] of requests)
      if (!/Stash record-key|VersionResources/.test(name))
        expect(request.getDependenciesList().join(), name).to.match(/Stash::record-key$/);
  });

  it("outlives the stack where users have stored something in it", async () => {
    const claim = object("v1", "PersistentVolumeClaim", "uploads");
    const { requests } = await registered(base, { blue: { shared: [claim, map("flags")] } });
    const kept = (name: string) =>
      [...requests.values()].find((one) => one.getName() === name)?.getRetainondelete();
    expect(kept("shared-persistentvolumeclaim-uploads")).to.equal(true);
    expect(kept("shared-configmap-flags")).to.not.equal(true);
  });

  it("is the same object in another version of its API, there and back", async () => {
    const rule = (version: string) => object(`rules.example/${version}`, "Rule", "web");
    const of = { blue: { shared: [rule("v1beta1")] }, green: { shared: [rule("v1")] } };
    for (const [release, type, before] of [
      [deploy, "kubernetes:rules.example/v1:Rule", "kubernetes:rules.example/v1beta1:Rule"],
      [base, "kubernetes:rules.example/v1beta1:Rule", "kubernetes:rules.example/v1:Rule"],
    ] as const) {
      const types = new Map([["shared-rule-web", [before, "kubernetes:other.example/v1:Rule"]]]);
      const { requests } = await registered(release, of, types);
      const aliases = requests.get(`${type} shared-rule-web`)?.getAliasesList() ?? [];
      expect(aliases.map((alias) => alias.getSpec()?.getType())).to.deep.equal([before]);
      expect(kubernetes(requests).filter((name) => name.includes("Rule"))).to.have.length(1);
    }
  });

  it("is told apart by case and by namespace", async () => {
    const role = (name: string, namespace?: string) =>
      object("rbac.authorization.k8s.io/v1", "Role", name, namespace);
    const shared = [role("reader"), role("Reader"), role("reader", "other")];
    const { requests } = await registered(base, { blue: { shared } });
    expect(kubernetes(requests).filter((name) => name.includes("Role"))).to.have.length(3);
  });
});
