import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { askDigest } from "../../../protocol/registry/ask-digest.ts";
import { askDigests } from "../../../protocol/registry/ask-digests.ts";
import { DIGEST, LOGIN, startRegistry, type RegistryDouble } from "../../support/registry-double.ts";

describe("a registry", () => {
  const { DOCKER_CONFIG, PATH } = process.env;
  let registry: RegistryDouble;
  let docker: string;

  before(async () => {
    registry = await startRegistry();
    docker = await mkdtemp(join(tmpdir(), "docker-config-"));
  });
  beforeEach(() => {
    process.env["DOCKER_CONFIG"] = docker;
    registry.asked.length = 0;
  });
  afterEach(async () => {
    if (DOCKER_CONFIG === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = DOCKER_CONFIG;
    process.env["PATH"] = PATH;
    await rm(join(docker, "config.json"), { force: true });
  });
  after(async () => {
    registry.end();
    await rm(docker, { recursive: true });
  });

  const ask = (image: string) => askDigest(`${registry.address}/${image}`, AbortSignal.timeout(5_000));
  const dockerConfig = (config: unknown) =>
    writeFile(join(docker, "config.json"), typeof config === "string" ? config : JSON.stringify(config));

  it("says the digest of a tag without giving the image", async () => {
    expect(await ask("shop:2")).to.deep.equal({ image: `${registry.address}/shop@${DIGEST}` });
    expect(registry.asked).to.deep.equal(["HEAD /v2/shop/manifests/2 anonymous"]);
  });

  it("is asked for latest where an image has no tag", async () => {
    await ask("team/logs");
    expect(registry.asked).to.deep.equal(["HEAD /v2/team/logs/manifests/latest anonymous"]);
  });

  it("is not asked for an image whose digest is named", async () => {
    const image = `${registry.address}/shop@${DIGEST}`;
    expect(await ask(`shop:2@${DIGEST}`)).to.deep.equal({ image });
    expect(registry.asked).to.deep.equal([]);
  });

  it("gets a token where it wants one", async () => {
    expect(await ask("closed/shop:2")).to.deep.equal({ image: `${registry.address}/closed/shop@${DIGEST}` });
    expect(registry.asked.at(-1)).to.equal("HEAD /v2/closed/shop/manifests/2 Bearer granted");
  });

  it("is logged in to as docker login has stored it", async () => {
    expect(await ask("private/shop:2")).to.deep.include({ reason: "no login" });
    await dockerConfig({ auths: { [registry.address]: { auth: Buffer.from(LOGIN).toString("base64") } } });
    expect(await ask("private/shop:2")).to.have.property("image");
  });

  it("is logged in to by docker's helper, and anonymously where it knows of no login", async () => {
    const [name = "", password = ""] = LOGIN.split(":");
    const helper = join(docker, "docker-credential-known");
    await writeFile(helper, `#!/bin/sh\necho '${JSON.stringify({ Username: name, Secret: password })}'\n`);
    await chmod(helper, 0o755);
    process.env["PATH"] = `${docker}${delimiter}${PATH ?? ""}`;
    await dockerConfig({ credHelpers: { [registry.address]: "known" } });
    expect(await ask("private/shop:2")).to.have.property("image");
    await dockerConfig({ credsStore: "that-is-not-there" });
    expect(await ask("private/shop:2")).to.deep.include({ reason: "no login" });
    expect(await ask("closed/shop:2")).to.have.property("image");
  });

  it("is not told with what docker has stored, where that cannot be read", async () => {
    await dockerConfig('{ "auths": "xx-password" ');
    const answer = await ask("private/shop:2");
    expect(answer).to.deep.include({ reason: "no answer" });
    expect(JSON.stringify(answer)).to.match(/config\.json is not in the form that docker writes/);
    expect(JSON.stringify(answer)).not.to.include("xx-password");
  });

  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ["shop:gone", "not there", /^127\.0\.0\.1:\d+ has no such image$/],
    ["sealed/shop:2", "no login", /answers 403 Forbidden$/],
    ["broken/shop:2", "no answer", /answers 503 Service Unavailable$/],
    ["forgetful/shop:2", "no answer", /does not say its digest$/],
    ["Shop:2", "no image", /^Cannot read ".*Shop:2" as an image/],
  ];
  for (const [image, reason, words] of refusals)
    it(`that says no digest of ${image} is quoted`, async () => {
      const answer = await ask(image);
      expect(answer).to.deep.include({ reason });
      expect(answer).to.have.property("words").that.matches(words);
    });

  it("that nobody reaches is named with the reason", async () => {
    const answer = await askDigest("127.0.0.1:1/shop:2", AbortSignal.timeout(5_000));
    expect(answer).to.deep.include({ reason: "no answer" });
    expect(answer)
      .to.have.property("words")
      .that.matches(/^127\.0\.0\.1:1 cannot be reached: /);
  });

  it("that keeps silent holds up neither the others nor whoever asks, beyond the limit", async () => {
    const [open, silent] = ["shop:2", "silent/shop:2"].map((image) => `${registry.address}/${image}`);
    const answers = await askDigests([silent ?? "", open ?? ""], 200);
    expect(answers[open ?? ""]).to.deep.equal({ image: `${registry.address}/shop@${DIGEST}` });
    expect(answers[silent ?? ""]).to.deep.equal({
      reason: "no answer",
      words: `${registry.address} has not answered in time`,
    });
  });

  it("is not waited for while a helper of docker keeps silent", async () => {
    const helper = join(docker, "docker-credential-silent");
    await writeFile(helper, "#!/bin/sh\nexec sleep 60\n");
    await chmod(helper, 0o755);
    process.env["PATH"] = `${docker}${delimiter}${PATH ?? ""}`;
    await dockerConfig({ credsStore: "silent" });
    const image = `${registry.address}/private/shop:2`;
    const answers = await askDigests([image], 200);
    expect(answers[image]).to.have.property("reason");
  });
});
