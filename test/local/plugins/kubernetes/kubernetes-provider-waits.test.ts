import { expect } from "chai";
import { at } from "../../../../local/plugins/kubernetes/objects/objects.ts";
import { deployment, job, pod, replicaSet } from "./objects-for-test.ts";
import {
  CONFIG_MAPS,
  configMap,
  createRequest,
  DEPLOYMENTS,
  errorOf,
  failureOf,
  JOBS,
  PODS,
  ProviderRig,
  REPLICA_SETS,
  SEED,
  updateRequest,
  urn,
  urnOf,
} from "./provider-rig.ts";

describe("the kubernetes provider and its cluster", () => {
  let rig: ProviderRig;
  beforeEach(async () => {
    rig = new ProviderRig();
    await rig.start();
  });
  afterEach(() => rig.stop());

  describe("waits", () => {
    const inputs = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "book", namespace: "shop", uid: "deployment-uid", generation: 2 },
      spec: { replicas: 2 },
    };
    const request = { urn: urnOf("apps/v1:Deployment"), properties: inputs, preview: false };

    it("until a Deployment is rolled out, and records what it has become", async () => {
      const provider = await rig.provider();
      const created = provider.create({ ...request, timeout: 0 });
      await rig.watched(REPLICA_SETS);
      rig.server.put(REPLICA_SETS, replicaSet(2, 2));
      rig.server.put(DEPLOYMENTS, deployment());
      expect(at((await created).properties, "status", "observedGeneration")).to.equal(2);
    });

    it("no longer than the custom timeout, and says what was missing", async () => {
      rig.server.put(REPLICA_SETS, replicaSet(2, 0));
      const waiting = { waiting: { reason: "ErrImagePull", message: "no such image" } };
      rig.server.put(PODS, pod({ state: waiting }));
      rig.server.intercept = ({ method, path }) =>
        method === "POST"
          ? { status: 201, body: rig.server.put(path, deployment({ available: false })) }
          : undefined;
      const error = await failureOf((await rig.provider()).create({ ...request, timeout: 1 }));
      expect(error.id).to.equal("shop/book");
      expect(error.reasons[0]).to.contain("'book' timed out waiting to be Ready");
      expect(error.reasons.slice(1)).to.deep.equal([
        "[MinimumReplicasUnavailable] Deployment does not have minimum availability.",
        "Minimum number of live Pods was not attained",
        "[Pod shop/book-x]: containers with unready status: [main][ErrImagePull] no such image",
      ]);
    });

    it("not at all where skipAwait says so", async () => {
      const annotations = { "pulumi.com/skipAwait": "true" };
      const properties = { ...inputs, metadata: { ...inputs.metadata, annotations } };
      const { id } = await (await rig.provider()).create({ ...request, properties, timeout: 0 });
      expect(id).to.equal("shop/book");
    });

    it("for a Job until it fails for good, with what its pods said", async () => {
      const provider = await rig.provider();
      const properties = job({});
      const created = failureOf(
        provider.create({ urn: urnOf("batch/v1:Job"), properties, timeout: 0, preview: false }),
      );
      await rig.watched(JOBS);
      const state = { terminated: { reason: "Error", exitCode: 3 } };
      rig.server.put(PODS, pod({ owner: "job-uid", state }));
      await rig.watched(PODS);
      const failed = { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" };
      rig.server.put(JOBS, job({ failed: 2, conditions: [failed] }));
      expect((await created).reasons.slice(1)).to.deep.equal([
        '[Pod shop/book-x]: containers with unready status: [main]container "main" completed with exit code 3',
        "[BackoffLimitExceeded] too often",
      ]);
    });

    it("no longer once the engine cancels", async () => {
      const provider = await rig.provider();
      const created = failureOf(provider.create({ ...request, timeout: 0 }));
      await rig.watched(DEPLOYMENTS);
      provider.cancel();
      expect((await created).message).to.contain('Resource operation was cancelled for "book"');
    });
  });

  describe("reads", () => {
    it("an object by its id, for a program that only looks", async () => {
      rig.server.put(CONFIG_MAPS, configMap({ verdict: "pass" }));
      const provider = await rig.provider();
      const found = await provider.read({ id: "shop/book", urn, properties: {}, inputs: {} });
      expect(at(found.properties, "data", "verdict")).to.equal("pass");
      expect(found.inputs).to.deep.equal(configMap({ verdict: "pass" }));
    });

    it("what is gone as gone", async () => {
      const found = await (await rig.provider()).read({ id: "shop/nope", urn, properties: {}, inputs: {} });
      expect(found.id).to.equal("");
    });
  });

  describe("deletes", () => {
    it("with foreground propagation unless told otherwise, and minds nothing that is gone", async () => {
      const live = rig.server.put(CONFIG_MAPS, configMap({}));
      const provider = await rig.provider();
      const background = configMap(
        {},
        { annotations: { "pulumi.com/deletionPropagationPolicy": "background" } },
      );
      const request = { id: "shop/book", urn, timeout: 0 };
      await provider.delete({ ...request, properties: { ...live, __inputs: configMap({}) } });
      await provider.delete({ ...request, properties: { ...live, __inputs: background } });
      expect(rig.writes().map(({ body }) => body)).to.deep.equal([
        { propagationPolicy: "Foreground" },
        { propagationPolicy: "Background" },
      ]);
    });

    it("and waits until the object is gone, or says what may hold it", async () => {
      const live = rig.server.put(CONFIG_MAPS, configMap({}, { finalizers: ["shop/hold"] }));
      rig.server.intercept = ({ method }) => (method === "DELETE" ? { status: 200, body: live } : undefined);
      const properties = { ...live, __inputs: configMap({}) };
      const error = await failureOf(
        (await rig.provider()).delete({ id: "shop/book", urn, timeout: 1, properties }),
      );
      expect(error.message).to.equal("timed out waiting for the condition");
    });
  });

  describe("without a cluster", () => {
    const silent = "http://127.0.0.1:1";

    it("lets a preview pass with the inputs as they are", async () => {
      const provider = await rig.provider({}, silent);
      const news = configMap({ a: "1" });
      const checked = await provider.check({ urn, olds: {}, news, seed: SEED });
      expect(checked.inputs).to.deep.equal(news);
      expect(await provider.create(createRequest(news, true))).to.deep.equal({ id: "", properties: news });
      expect(await provider.update(updateRequest(news, configMap({ a: "2" }), true))).to.deep.equal(
        configMap({ a: "2" }),
      );
    });

    it("fails an update at once, with where it looked", async () => {
      const provider = await rig.provider({}, silent);
      expect((await errorOf(provider.create(createRequest(configMap({}))))).message).to.equal(
        "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: " +
          'Get "http://127.0.0.1:1/apis": dial tcp 127.0.0.1:1: connect: connection refused',
      );
    });

    it("fails for a kubeconfig that is none, but only when something is to be done", async () => {
      const provider = await rig.provider({ kubeconfig: "/does/not/exist" });
      const news = configMap({ a: "1" });
      expect((await provider.check({ urn, olds: {}, news, seed: SEED })).inputs).to.deep.equal(news);
      expect((await errorOf(provider.create(createRequest(news)))).message).to.contain(
        "failed to parse kubeconfig data",
      );
    });
  });

  describe("refuses", () => {
    for (const type of ["core/v1:ConfigMapPatch", "helm.sh/v3:Release"]) {
      it(`${type}, which it does not imitate`, async () => {
        const provider = await rig.provider();
        expect(
          (await errorOf(provider.check({ urn: urnOf(type), olds: {}, news: { kind: "x" }, seed: SEED })))
            .message,
        ).to.contain("Install the official plugin");
      });
    }
  });
});
