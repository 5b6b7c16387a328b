import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfig, diffConfig } from "../../../../local/plugins/kubernetes/cluster/configuration.ts";
import { parseKubeconfig, selectCluster } from "../../../../local/plugins/kubernetes/cluster/kubeconfig.ts";
import { readSettings } from "../../../../local/plugins/kubernetes/cluster/settings.ts";

const kubeconfig = (server: string): string =>
  JSON.stringify({
    "current-context": "one",
    contexts: [
      { name: "one", context: { cluster: "c", user: "u", namespace: "shop" } },
      { name: "two", context: { cluster: "c", user: "plugin" } },
    ],
    clusters: [{ name: "c", cluster: { server } }],
    users: [
      { name: "u", user: { token: "secret" } },
      { name: "plugin", user: { exec: { command: "aws" } } },
    ],
  });

describe("a kubeconfig", () => {
  it("may be given by its content or by a path", () => {
    const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    const file = join(folder, "config");
    writeFileSync(file, kubeconfig("https://a"));
    expect(parseKubeconfig(file)).to.deep.equal(parseKubeconfig(kubeconfig("https://a")));
    rmSync(folder, { recursive: true });
  });

  it("gives server, login and namespace of a context", () => {
    const config = parseKubeconfig(kubeconfig("https://a/"));
    expect(selectCluster(config, {})).to.deep.include({
      server: "https://a",
      token: "secret",
      namespace: "shop",
    });
    expect(selectCluster(config, { namespace: "other" }).namespace).to.equal("other");
  });

  it("is refused when its context or a way to log in is missing", () => {
    const config = parseKubeconfig(kubeconfig("https://a"));
    expect(() => selectCluster(config, { context: "three" })).to.throw('context "three" does not exist');
    expect(() => selectCluster({}, {})).to.throw("invalid configuration: no configuration has been provided");
    expect(() => selectCluster(config, { context: "two" })).to.throw("Install the official plugin");
    expect(() => parseKubeconfig("no kubeconfig")).to.throw("couldn't get version/kind");
  });
});

describe("provider settings", () => {
  const variables = (settings: Record<string, string>): Map<string, string> =>
    new Map(Object.entries(settings).map(([key, value]) => [`kubernetes:config:${key}`, value]));
  const provider = "urn:pulumi:dev::shop::pulumi:providers:kubernetes::cluster";
  const diff = (olds: object, news: object) =>
    diffConfig({
      id: "",
      urn: provider,
      olds: { ...olds },
      news: { ...news },
      oldInputs: {},
      ignoreChanges: [],
    });

  it("count before the environment", () => {
    const environment = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true", PULUMI_K8S_CLIENT_TIMEOUT: "7" };
    expect(readSettings(variables({}), environment)).to.deep.include({
      upsertExistingObjects: true,
      timeout: 7000,
    });
    const settings = variables({ upsertExistingObjects: "false", kubeClientSettings: '{"timeout":3}' });
    expect(readSettings(settings, environment)).to.deep.include({
      upsertExistingObjects: false,
      timeout: 3000,
    });
  });

  it("are refused when they ask for what is not imitated", () => {
    expect(() => readSettings(variables({ enableServerSideApply: "false" }), {})).to.throw(
      "server-side apply only",
    );
    expect(() => readSettings(variables({ renderYamlToDirectory: "out" }), {})).to.throw(
      "renderYamlToDirectory",
    );
  });

  it("replace the provider when they lead to another cluster, not when only the login changes", () => {
    const a = { kubeconfig: kubeconfig("https://a") };
    expect(diff(a, { kubeconfig: kubeconfig("https://b") }).replaces).to.deep.equal(["kubeconfig"]);
    expect(
      diff(a, { kubeconfig: kubeconfig("https://a").replace("secret", "other") }).replaces,
    ).to.deep.equal([]);
    const identified = { clusterIdentifier: "x" };
    expect(
      diff({ ...a, ...identified }, { kubeconfig: kubeconfig("https://b"), ...identified }).replaces,
    ).to.deep.equal([]);
  });

  it("must name a cluster in strict mode", () => {
    const request = { urn: provider, olds: {}, news: { strictMode: "true" }, seed: new Uint8Array() };
    expect(checkConfig(request, undefined).failures.map(({ property }) => property)).to.deep.equal([
      "kubeconfig",
      "context",
    ]);
    expect(checkConfig({ ...request, news: {} }, undefined).failures).to.deep.equal([]);
  });
});
