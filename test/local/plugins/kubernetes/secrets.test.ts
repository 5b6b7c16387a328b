import { expect } from "chai";
import type { KubernetesProvider } from "../../../../local/plugins/kubernetes/kubernetes-provider.ts";
import { Secret, UNKNOWN, type Properties } from "../../../../local/plugins/protocol/values.ts";
import { failure } from "./api-server-double.ts";
import { failureOf, ProviderRig, SEED, urnOf } from "./provider-rig.ts";

const VALUE = "hunter2-hunter2";
const BASE64 = Buffer.from(VALUE).toString("base64");
const urn = urnOf("core/v1:Secret");

const secret = (fields: Properties): Properties => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "book", namespace: "shop" },
  ...fields,
});

/** What somebody reads who may not see secrets. */
const shown = (values: unknown): string =>
  JSON.stringify(values, (_, value: unknown) => (value instanceof Secret ? "[secret]" : value));

function showsNothing(values: unknown, where: string) {
  expect(shown(values), where).to.include("[secret]");
  for (const text of [VALUE, BASE64]) expect(shown(values), where).to.not.include(text);
}

describe("the kubernetes provider, of a Secret's values", () => {
  let rig: ProviderRig;
  let provider: KubernetesProvider;
  beforeEach(async () => {
    rig = new ProviderRig();
    await rig.start();
    provider = await rig.provider({ enableSecretMutable: "true", upsertExistingObjects: "true" });
  });
  afterEach(() => rig.stop());

  for (const [form, fields] of [
    ["data", { data: { key: BASE64 } }],
    ["text", { stringData: { key: VALUE } }],
    ["data that is secret", { data: new Secret({ key: BASE64 }) }],
    ["a text that is secret", { stringData: { key: new Secret(VALUE), other: "plain" } }],
    ["both", { data: { one: BASE64 }, stringData: { two: VALUE } }],
    ["values of an immutable one", { immutable: true, stringData: { key: VALUE } }],
    ["a type of its own", { type: "kubernetes.io/tls", stringData: { "tls.key": VALUE, "tls.crt": VALUE } }],
  ] as const) {
    it(`shows none in inputs, previews and state, given as ${form}`, async () => {
      const news = secret(fields as Properties);
      const { inputs } = await provider.check({ urn, olds: {}, news, seed: SEED });
      showsNothing(inputs, "checked inputs");
      for (const preview of [true, false]) {
        const { properties } = await provider.create({ urn, properties: inputs, timeout: 0, preview });
        showsNothing(properties, preview ? "preview of its creation" : "state");
      }
      const { properties: olds } = await provider.create({
        urn,
        properties: inputs,
        timeout: 0,
        preview: false,
      });
      const request = { id: "shop/book", urn, olds, oldInputs: inputs, ignoreChanges: [], timeout: 0 };
      for (const preview of [true, false]) {
        const properties = await provider.update({ ...request, news: inputs, preview });
        showsNothing(properties, preview ? "preview of an update" : "state after an update");
      }
      expect((await provider.diff({ ...request, news: inputs })).changed).to.equal(false);
      const read = await provider.read({ id: "shop/book", urn, properties: olds, inputs });
      showsNothing(read.properties, "state after a refresh");
      showsNothing(read.inputs, "inputs after a refresh");
    });
  }

  it("shows none in what is recorded of a write that was refused", async () => {
    const properties = secret({ data: { key: BASE64 } });
    const { properties: olds } = await provider.create({ urn, properties, timeout: 0, preview: false });
    rig.server.intercept = ({ method }) =>
      method === "PATCH" ? failure(409, "Conflict", "others own it") : undefined;
    const request = { id: "shop/book", urn, olds, oldInputs: properties, ignoreChanges: [], timeout: 0 };
    const news = secret({ stringData: { key: `${VALUE}3` } });
    const { message, properties: recorded } = await failureOf(
      provider.update({ ...request, news, preview: false }),
    );
    showsNothing(recorded, "state");
    expect(message).to.not.include(VALUE);
  });

  it("shows none where only some values are known in a preview", async () => {
    const news = secret({ stringData: { key: VALUE, later: UNKNOWN } });
    const { inputs } = await provider.check({ urn, olds: {}, news, seed: SEED });
    const { properties } = await provider.create({ urn, properties: inputs, timeout: 0, preview: true });
    showsNothing(properties, "preview");
  });

  it("keeps secret what is so in objects of other kinds, and shows the rest of them", async () => {
    const env = [{ name: "KEY", value: new Secret(VALUE) }];
    const properties = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "book", namespace: "shop", annotations: { note: "shown" } },
      spec: { env, hostnames: ["shown.test"] },
    };
    const type = urnOf("gateway.networking.k8s.io/v1:HTTPRoute");
    const { properties: state } = await provider.create({
      urn: type,
      properties,
      timeout: 0,
      preview: false,
    });
    showsNothing(state, "state");
    expect(shown(state)).to.include("shown.test");
  });
});
