import { expect } from "chai";
import type { KubernetesProvider } from "../../../../local/plugins/kubernetes/kubernetes-provider.ts";
import type { Properties } from "../../../../local/plugins/protocol/values.ts";
import { errorOf, ProviderRig, SEED, urnOf } from "./provider-rig.ts";

/** An object of some kind, at first and after an edit. */
interface Kind {
  /** Group and version, as a resource's type has them. */
  readonly module: string;
  readonly kind: string;
  /** Where the API has its collection. */
  readonly collection: string;
  readonly first: Properties;
  readonly edited: Properties;
}

const kind = (module: string, name: string, path: string, first: Properties, edited: Properties): Kind => ({
  module,
  kind: name,
  collection: module === "core/v1" ? `/api/v1/${path}` : `/apis/${module}/${path}`,
  first,
  edited,
});

const HOST = (host: string) => ({ spec: { rules: [{ host }] } });

const KINDS: readonly Kind[] = [
  kind("core/v1", "ConfigMap", "namespaces/shop/configmaps", { data: { a: "1" } }, { data: { a: "2" } }),
  kind(
    "core/v1",
    "Secret",
    "namespaces/shop/secrets",
    { type: "Opaque", data: { a: "MQ==" } },
    { type: "Opaque", data: { a: "Mg==" } },
  ),
  kind(
    "core/v1",
    "ServiceAccount",
    "namespaces/shop/serviceaccounts",
    {},
    { automountServiceAccountToken: false },
  ),
  kind(
    "core/v1",
    "PersistentVolumeClaim",
    "namespaces/shop/persistentvolumeclaims",
    { spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } } } },
    { spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "2Gi" } } } },
  ),
  kind(
    "rbac.authorization.k8s.io/v1",
    "Role",
    "namespaces/shop/roles",
    { rules: [] },
    { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  ),
  kind(
    "policy/v1",
    "PodDisruptionBudget",
    "namespaces/shop/poddisruptionbudgets",
    { spec: { maxUnavailable: 1 } },
    { spec: { maxUnavailable: "50%" } },
  ),
  kind("networking.k8s.io/v1", "Ingress", "namespaces/shop/ingresses", HOST("a.test"), HOST("b.test")),
  kind(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "namespaces/shop/networkpolicies",
    { spec: { podSelector: {} } },
    { spec: { podSelector: { matchLabels: { app: "shop" } } } },
  ),
  kind(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    "namespaces/shop/horizontalpodautoscalers",
    { spec: { maxReplicas: 3 } },
    { spec: { maxReplicas: 4 } },
  ),
  kind(
    "batch/v1",
    "CronJob",
    "namespaces/shop/cronjobs",
    { spec: { schedule: "0 4 * * *" } },
    { spec: { schedule: "0 5 * * *" } },
  ),
  kind(
    "apps/v1",
    "DaemonSet",
    "namespaces/shop/daemonsets",
    { spec: { minReadySeconds: 1 } },
    { spec: { minReadySeconds: 2 } },
  ),
  kind(
    "apps/v1",
    "StatefulSet",
    "namespaces/shop/statefulsets",
    { spec: { replicas: 1 } },
    { spec: { replicas: 2 } },
  ),
  kind(
    "gateway.networking.k8s.io/v1",
    "HTTPRoute",
    "namespaces/shop/httproutes",
    { spec: { hostnames: ["a.test"] } },
    { spec: { hostnames: [] } },
  ),
  kind(
    "gateway.networking.k8s.io/v1",
    "GRPCRoute",
    "namespaces/shop/grpcroutes",
    { spec: { hostnames: ["a.test"] } },
    { spec: { hostnames: ["b.test"] } },
  ),
  kind(
    "monitoring.coreos.com/v1",
    "PodMonitor",
    "namespaces/shop/podmonitors",
    { spec: { selector: {} } },
    { spec: { selector: { matchLabels: { app: "shop" } } } },
  ),
  kind(
    "monitoring.coreos.com/v1",
    "ServiceMonitor",
    "namespaces/shop/servicemonitors",
    { spec: { endpoints: [] } },
    { spec: { endpoints: [{ port: "http" }] } },
  ),
  kind(
    "rbac.authorization.k8s.io/v1",
    "ClusterRole",
    "clusterroles",
    { rules: [] },
    { rules: [{ verbs: ["get"] }] },
  ),
  kind(
    "scheduling.k8s.io/v1",
    "PriorityClass",
    "priorityclasses",
    { value: 10 },
    { value: 10, description: "shop" },
  ),
  kind(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    { spec: { scope: "Namespaced" } },
    { spec: { scope: "Namespaced", preserveUnknownFields: false } },
  ),
];

const NOT_WAITED_FOR = { "pulumi.com/skipAwait": "true" };

describe("the kubernetes provider, for a kind that it knows nothing of", () => {
  let rig: ProviderRig;
  let provider: KubernetesProvider;
  beforeEach(async () => {
    rig = new ProviderRig();
    await rig.start();
    provider = await rig.provider({
      namespace: "shop",
      upsertExistingObjects: "true",
      enableConfigMapMutable: "true",
      enableSecretMutable: "true",
    });
  });
  afterEach(() => rig.stop());

  for (const { module, kind: name, collection, first, edited } of KINDS) {
    it(`writes ${module} ${name}, finds no change in it, edits it in place, and takes it away`, async () => {
      const urn = urnOf(`${module}:${name}`);
      const inputsOf = async (olds: Properties, fields: Properties) => {
        const apiVersion = module.replace("core/", "");
        const metadata = { name: "shop", annotations: NOT_WAITED_FOR };
        const news = { apiVersion, kind: name, metadata, ...fields };
        return (await provider.check({ urn, olds, news, seed: SEED })).inputs;
      };
      const inputs = await inputsOf({}, first);
      const { id, properties } = await provider.create({
        urn,
        properties: inputs,
        timeout: 0,
        preview: false,
      });
      expect(rig.server.get(`${collection}/shop`)).to.include({ kind: name });
      expect(id).to.equal(collection.includes("namespaces") ? "shop/shop" : "shop");

      const request = { id, urn, olds: properties, oldInputs: inputs, ignoreChanges: [] };
      expect((await provider.diff({ ...request, news: await inputsOf(inputs, first) })).changed).to.equal(
        false,
      );
      const news = await inputsOf(inputs, edited);
      const difference = await provider.diff({ ...request, news });
      expect(difference).to.deep.include({ changed: true, replaces: [] });
      const state = await provider.update({ ...request, news, timeout: 0, preview: false });
      expect(rig.server.get(`${collection}/shop`)).to.deep.include(edited);

      await provider.delete({ id, urn, properties: state, timeout: 0 });
      expect(rig.server.get(`${collection}/shop`)).to.equal(undefined);
    });
  }

  for (const [why, module, name, first, next] of [
    [
      "data of an immutable one",
      "core/v1",
      "ConfigMap",
      { immutable: true, data: { a: "1" } },
      { immutable: true, data: { a: "2" } },
    ],
    [
      "binary data of an immutable one",
      "core/v1",
      "ConfigMap",
      { immutable: true, binaryData: { a: "MQ==" } },
      { immutable: true, binaryData: { a: "Mg==" } },
    ],
    [
      "data of an immutable one",
      "core/v1",
      "Secret",
      { immutable: true, stringData: { a: "1" } },
      { immutable: true, stringData: { a: "2" } },
    ],
    ["its type", "core/v1", "Secret", { type: "Opaque" }, { type: "example.com/own" }],
    [
      "the role that it grants",
      "rbac.authorization.k8s.io/v1",
      "RoleBinding",
      { roleRef: { name: "a" } },
      { roleRef: { name: "b" } },
    ],
    [
      "how it may be mounted",
      "core/v1",
      "PersistentVolumeClaim",
      { spec: { accessModes: ["ReadWriteOnce"] } },
      { spec: { accessModes: ["ReadWriteMany"] } },
    ],
  ] as const) {
    it(`makes a ${name} anew where ${why} changes: the old one goes first under the same name, last under another`, async () => {
      const urn = urnOf(`${module}:${name}`);
      const apiVersion = module.replace("core/", "");
      const object = (fields: Properties, called = "shop") => ({
        apiVersion,
        kind: name,
        metadata: { name: called, namespace: "shop", annotations: NOT_WAITED_FOR },
        ...fields,
      });
      const properties = object(first as Properties);
      const { properties: olds } = await provider.create({ urn, properties, timeout: 0, preview: false });
      const request = { id: "shop/shop", urn, olds, oldInputs: properties, ignoreChanges: [] };
      const same = await provider.diff({ ...request, news: object(next as Properties) });
      expect(same.replaces).to.not.deep.equal([]);
      expect(same.deleteBeforeReplace).to.equal(true);
      const other = await provider.diff({ ...request, news: object(next as Properties, "shop-2") });
      expect(other.replaces).to.include("metadata.name");
      expect(other.deleteBeforeReplace).to.equal(false);
    });
  }

  it("finds no change in binary values whose base64 has line breaks in the file", async () => {
    const urn = urnOf("core/v1:ConfigMap");
    const broken = { logo: "AAEC\nAwQF\n" };
    const metadata = { name: "shop", namespace: "shop" };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, binaryData: broken };
    const { inputs } = await provider.check({ urn, olds: {}, news: object, seed: SEED });
    const { properties: olds } = await provider.create({
      urn,
      properties: inputs,
      timeout: 0,
      preview: false,
    });
    expect(olds["binaryData"]).to.deep.equal({ logo: "AAECAwQF" });
    const request = { id: "shop/shop", urn, olds, oldInputs: inputs, ignoreChanges: [] };
    expect((await provider.diff({ ...request, news: object })).changed).to.equal(false);
  });

  it("refuses to wait for what it cannot wait for, and says how to do without", async () => {
    for (const type of [
      "networking.k8s.io/v1:Ingress",
      "apps/v1:DaemonSet",
      "apiextensions.k8s.io/v1:CustomResourceDefinition",
    ]) {
      const news = {
        apiVersion: type.split(":")[0] ?? "",
        kind: type.split(":")[1] ?? "",
        metadata: { name: "shop" },
      };
      const { message } = await errorOf(provider.check({ urn: urnOf(type), olds: {}, news, seed: SEED }));
      expect(message).to.contain(`Cannot wait for kubernetes:${type}`);
      expect(message).to.contain('annotation pulumi.com/skipAwait to "true"');
    }
  });
});
