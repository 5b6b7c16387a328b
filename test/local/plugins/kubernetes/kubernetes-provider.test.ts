import { expect } from "chai";
import { at, text } from "../../../../local/plugins/kubernetes/objects/objects.ts";
import { Secret, UNKNOWN } from "../../../../local/plugins/protocol/values.ts";
import { failure } from "./api-server-double.ts";
import {
  CONFIG_MAPS,
  configMap,
  createRequest,
  errorOf,
  failureOf,
  JOBS,
  ProviderRig,
  SEED,
  updateRequest,
  urn,
  urnOf,
} from "./provider-rig.ts";

describe("the kubernetes provider", () => {
  let rig: ProviderRig;
  beforeEach(async () => {
    rig = new ProviderRig();
    await rig.start();
  });
  afterEach(() => rig.stop());

  describe("names", () => {
    it("what has no name, the same way each time, and keeps a name of its making", async () => {
      const provider = await rig.provider();
      const news = { apiVersion: "v1", kind: "ConfigMap", metadata: {} };
      const first = await provider.check({ urn, olds: {}, news, seed: SEED });
      const second = await provider.check({ urn, olds: first.inputs, news, seed: new Uint8Array([2]) });
      expect(text(first.inputs, "metadata", "name")).to.match(/^book-[0-9a-f]{8}$/);
      expect(second.inputs).to.deep.equal(first.inputs);
      expect(text(first.inputs, "metadata", "namespace")).to.equal("default");
    });

    it("nothing that is to be named by the server", async () => {
      const provider = await rig.provider();
      const news = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "book-" } };
      const checked = provider.check({ urn, olds: {}, news, seed: SEED });
      expect((await errorOf(checked)).message).to.contain("not supported in Server-Side Apply mode");
    });
  });

  describe("creates", () => {
    it("an object by a plain and strict create, and records it with inputs and field manager", async () => {
      const provider = await rig.provider();
      const { id, properties } = await provider.create(createRequest(configMap({ a: "1" })));
      expect(id).to.equal("shop/book");
      expect(rig.writes()).to.deep.include({
        method: "POST",
        path: CONFIG_MAPS,
        query: { fieldManager: "pulumi-kubernetes", fieldValidation: "Strict" },
        body: configMap({ a: "1" }),
      });
      expect(properties["__inputs"]).to.deep.equal(configMap({ a: "1" }));
      expect(text(properties, "metadata", "uid")).to.match(/^uid-/);
      expect(properties["__fieldManager"]).to.match(/^pulumi-kubernetes-/);
    });

    it("nothing that exists already, but lets a preview of it pass", async () => {
      rig.server.put(CONFIG_MAPS, configMap({ a: "0" }));
      const provider = await rig.provider();
      const { message } = await errorOf(provider.create(createRequest(configMap({ a: "1" }))));
      expect(message).to.contain('configmaps "book" already exists');
      expect(message).to.contain("set upsertExistingObjects on the provider");
      const properties = configMap({ a: "1" });
      expect(await provider.create(createRequest(properties, true))).to.deep.equal({ id: "", properties });
    });

    it("over what exists with upsertExistingObjects, by an apply under the object's own manager", async () => {
      rig.server.put(CONFIG_MAPS, configMap({ a: "0" }));
      const provider = await rig.provider({ upsertExistingObjects: "true" });
      const annotations = { "pulumi.com/patchFieldManager": "shop" };
      await provider.create(createRequest(configMap({ a: "1" }, { annotations })));
      const [write] = rig.writes();
      expect(write?.method).to.equal("PATCH");
      expect(write?.query).to.deep.equal({ fieldManager: "shop", force: "false" });
    });

    it("in a preview by a dry run, whose refusal fails the preview", async () => {
      const provider = await rig.provider();
      const { properties } = await provider.create(createRequest(configMap({ a: "1" }), true));
      expect(rig.server.get(`${CONFIG_MAPS}/book`)).to.equal(undefined);
      expect(at(properties, "data", "a")).to.equal("1");
      rig.server.intercept = ({ method }) =>
        method === "POST" ? failure(422, "Invalid", 'ConfigMap "book" is invalid') : undefined;
      expect((await errorOf(provider.create(createRequest(configMap({ a: "1" }), true)))).message).to.equal(
        `resource "${urn}" was not successfully created by the Kubernetes API server: ConfigMap "book" is invalid`,
      );
    });

    it("nothing in a preview with unknown values", async () => {
      const provider = await rig.provider();
      const properties = configMap({ a: UNKNOWN });
      expect(await provider.create(createRequest(properties, true))).to.deep.equal({ id: "", properties });
      expect(rig.writes()).to.deep.equal([]);
    });

    it("Secrets whose data is secret in the state", async () => {
      const provider = await rig.provider();
      const secret = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "book", namespace: "shop" } };
      const properties = { ...secret, data: { a: new Secret("hunter2"), b: "plain" } };
      const { properties: state } = await provider.create(createRequest(properties));
      expect(state["data"]).to.deep.equal({ a: new Secret("hunter2"), b: "plain" });
      expect(at(state["__inputs"], "data", "a")).to.deep.equal(new Secret("hunter2"));
    });
  });

  describe("updates", () => {
    it("by an apply that first takes over the fields of the create", async () => {
      const managedFields = [
        { manager: "pulumi-kubernetes", operation: "Update", fieldsV1: { "f:data": {} } },
      ];
      const live = rig.server.put(CONFIG_MAPS, configMap({ a: "1" }, { managedFields }));
      const provider = await rig.provider();
      const olds = { ...live, __inputs: configMap({ a: "1" }), __fieldManager: "pulumi-kubernetes-12345678" };
      await provider.update(updateRequest(olds, configMap({ a: "2" })));
      const [adopt, apply] = rig.writes();
      expect(JSON.stringify(adopt?.body)).to.contain(
        '"manager":"pulumi-kubernetes-12345678","operation":"Apply"',
      );
      expect(apply?.query).to.deep.equal({ fieldManager: "pulumi-kubernetes-12345678", force: "false" });
    });

    it("with force where the annotation or the provider says so", async () => {
      const live = configMap({ a: "1" }, { managedFields: [{ manager: "guard" }] });
      const olds = { ...live, __inputs: configMap({ a: "1" }), __fieldManager: "m" };
      rig.server.put(CONFIG_MAPS, live);
      const forced = configMap({ a: "2" }, { annotations: { "pulumi.com/patchForce": "true" } });
      await (await rig.provider()).update(updateRequest(olds, forced));
      await (
        await rig.provider({ enablePatchForce: "true" })
      ).update(updateRequest(olds, configMap({ a: "3" })));
      rig.server.put(CONFIG_MAPS, live);
      await (await rig.provider()).update(updateRequest(olds, configMap({ a: "4" })));
      expect(rig.writes().map(({ query }) => query["force"])).to.deep.equal(["true", "true", "false"]);
    });

    it("not against others' fields: a conflict is recorded with the live object, in a preview too", async () => {
      const live = rig.server.put(
        CONFIG_MAPS,
        configMap({ a: "1" }, { managedFields: [{ manager: "guard" }] }),
      );
      const conflict = 'Apply failed with 1 conflict: conflict with "guard": .data.a';
      rig.server.intercept = ({ method }) =>
        method === "PATCH" ? failure(409, "Conflict", conflict) : undefined;
      const provider = await rig.provider();
      const olds = { ...live, __inputs: configMap({ a: "1" }), __fieldManager: "shop" };
      for (const preview of [true, false]) {
        const error = await failureOf(provider.update(updateRequest(olds, configMap({ a: "2" }), preview)));
        expect(error.message).to.contain('"shop/book" failed to fully initialize or become live');
        expect(error.message).to.contain(
          `The resource managed by field manager "shop" had an apply conflict: ${conflict}`,
        );
        expect(at(error.properties, "data", "a")).to.equal("1");
        expect(at(error.properties["__inputs"], "data", "a")).to.equal("2");
      }
    });

    it("give up the fields of an earlier manager when the annotation names another", async () => {
      const live = rig.server.put(
        CONFIG_MAPS,
        configMap({ a: "1" }, { managedFields: [{ manager: "old" }] }),
      );
      const provider = await rig.provider();
      const news = configMap({ a: "1" }, { annotations: { "pulumi.com/patchFieldManager": "new" } });
      await provider.update(
        updateRequest({ ...live, __inputs: configMap({ a: "1" }), __fieldManager: "old" }, news),
      );
      const last = rig.writes().at(-1);
      expect(last?.query["fieldManager"]).to.equal("old");
      expect(last?.body).to.deep.equal({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "book", namespace: "shop" },
      });
    });
  });

  describe("compares", () => {
    it("with the state, not with the cluster", async () => {
      rig.server.put(CONFIG_MAPS, configMap({ a: "changed by hand" }));
      const provider = await rig.provider();
      const olds = { ...configMap({ a: "1" }), __inputs: configMap({ a: "1" }) };
      const request = { id: "shop/book", urn, olds, oldInputs: {}, ignoreChanges: [] };
      expect((await provider.diff({ ...request, news: configMap({ a: "1" }) })).changed).to.equal(false);
      const difference = await provider.diff({ ...request, news: configMap({ a: "2" }) });
      expect(difference).to.deep.include({ replaces: ["data.a"], deleteBeforeReplace: true });
    });

    it("and deletes last what it named itself", async () => {
      const provider = await rig.provider();
      const annotations = { "pulumi.com/autonamed": "true" };
      const olds = {
        ...configMap({ a: "1" }, { annotations }),
        __inputs: configMap({ a: "1" }, { annotations }),
      };
      const news = configMap({ a: "2" }, { annotations });
      const difference = await provider.diff({ id: "", urn, olds, oldInputs: {}, news, ignoreChanges: [] });
      expect(difference.deleteBeforeReplace).to.equal(false);
    });

    it("and replaces a Job that is not complete when replaceUnready asks for it", async () => {
      const annotations = { "pulumi.com/replaceUnready": "true" };
      const metadata = { name: "migrate", namespace: "shop", annotations };
      const inputs = { apiVersion: "batch/v1", kind: "Job", metadata };
      const live = rig.server.put(JOBS, { ...inputs, status: { failed: 2 } });
      const provider = await rig.provider();
      const request = { id: "", urn: urnOf("batch/v1:Job"), oldInputs: {}, ignoreChanges: [] };
      const olds = { ...live, __inputs: inputs };
      const difference = await provider.diff({ ...request, olds, news: inputs });
      expect(difference.replaces).to.deep.equal(['.metadata.annotations["pulumi.com/replaceUnready"]']);
      const complete = { startTime: "now", conditions: [{ type: "Complete", status: "True" }] };
      rig.server.put(JOBS, { ...inputs, status: complete });
      expect((await provider.diff({ ...request, olds, news: inputs })).changed).to.equal(false);
    });
  });
});
