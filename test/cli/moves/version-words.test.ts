import { expect } from "chai";
import { driftWords, preparedWords, versionLines } from "../../../cli/moves/version-words.ts";
import { NEEDS, prepare, type Files } from "../../manifests/prepare/shop.ts";

const SLOT = { ...NEEDS.slot, schema: null };

const object = (kind: string, name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind,
  metadata: { name },
  ...more,
});

/** The version that is prepared, against one that serves. */
const words = (before: Files | { readonly why: string }, after: Files) =>
  preparedWords({
    manifests: "deploy/",
    app: "shop",
    slot: SLOT,
    ...prepare(after),
    notes: [],
    serving: "why" in before ? before : { version: "1.0.0", objects: prepare(before).objects },
  });

const told = (before: Files | { readonly why: string }, after: Files) =>
  versionLines(words(before, after)).join("\n");

describe("what zd plan says of a version that is prepared from manifests", () => {
  it("is in what it differs from the one that serves, object by object", () => {
    const before = { container: { env: [{ name: "LEVEL", value: "info" }] } };
    const after = {
      container: { env: [{ name: "LEVEL", value: "debug" }] },
      versioned: [object("ConfigMap", "flags", { data: { beta: "on" } })],
    };
    expect(told(before, after)).to.match(
      /^2\.0\.0 is prepared from deploy\/ for green; against 1\.0\.0, which serves, it has 2 changes\nDeployment\/shop\n {2}container web: variable LEVEL "info" → "debug"\nConfigMap\/flags\n {2}new\n/,
    );
  });

  it("is what it shares with the one that serves and changes under it, by itself", () => {
    const policy = (ports: number[]) => object("NetworkPolicy", "shop", { spec: { ports } });
    const { changes, shared } = words({ shared: [policy([80])] }, { shared: [policy([80, 81])] });
    expect(changes).to.deep.equal([]);
    expect(shared.map(({ title }) => title)).to.deep.equal(["NetworkPolicy/shop"]);
    expect(told({ shared: [policy([80])] }, {})).to.match(
      /both versions see a change of\n {2}NetworkPolicy\/shop\n {4}no longer in the files/,
    );
  });

  it("is what is added to it, each with its reason", () => {
    const { added } = words({}, {});
    expect(added).to.not.be.empty;
    const text = told({}, {});
    expect(text).to.match(/added for the release\n/);
    expect(text).to.match(/ {2}container web: preStop sleep 5 s \(proxies learn of a pod's end/);
    for (const { what, why } of added) expect(text).to.include(`  ${what} (${why})`);
  });

  it("is that nothing differs where the files are the same", () => {
    expect(words({}, {}).title).to.equal("2.0.0 is prepared from deploy/ for green; as 1.0.0 was");
  });

  it("is why there is nothing to compare it with", () => {
    const { title, changes } = words({ why: "nothing serves yet" }, {});
    expect(title).to.equal("2.0.0 is prepared from deploy/ for green; nothing serves yet");
    expect(changes).to.deep.equal([]);
  });

  it("shows no value of a Secret", () => {
    const login = (text: string) => object("Secret", "login", { stringData: { url: text, key: text } });
    for (const part of ["versioned", "shared"]) {
      const text = told({ [part]: [login("xx-before")] }, { [part]: [login("xx-after")] });
      expect(text).to.include("key url changed");
      expect(text).to.not.match(/xx-|eHgt/);
      expect(told({}, { [part]: [login("xx-after")] })).to.not.match(/xx-|eHgt/);
    }
  });
});

describe("what zd plan says of manifests that a stage leaves alone", () => {
  it("is the one sentence", () => {
    expect(versionLines(driftWords("deploy/ differs."))).to.deep.equal(["deploy/ differs."]);
  });
});
