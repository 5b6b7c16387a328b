import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { contextDigest } from "../../../../local/plugins/docker/context-digest.ts";
import { isIgnored, parseIgnoreFile } from "../../../../local/plugins/docker/ignore-patterns.ts";
import { checkImage, diffImage, makeImage } from "../../../../local/plugins/docker/image.ts";
import { isLoopback, parseImageName } from "../../../../local/plugins/docker/image-name.ts";
import type { Builder } from "../../../../local/plugins/docker/builder.ts";
import { Engine } from "../../../../local/plugins/protocol/engine.ts";
import { Secret, UNKNOWN, type Properties } from "../../../../local/plugins/protocol/values.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const urn = "urn:pulumi:dev::shop::docker:index/image:Image::jobs";
const engine = new Engine();

describe("an image name", () => {
  it("has its registry in front", () => {
    expect(parseImageName("127.0.0.1:5000/team/app:1.0")).to.deep.equal({
      domain: "127.0.0.1:5000",
      path: "team/app",
      tag: "1.0",
    });
    expect(parseImageName("localhost/app").tag).to.equal("");
  });

  it("is refused without a registry, or with capitals", () => {
    expect(() => parseImageName("app:1")).to.throw("repository name must be canonical");
    expect(() => parseImageName("docker.io/app:1")).to.throw("repository name must be canonical");
    expect(() => parseImageName("127.0.0.1:5000/App:1")).to.throw("invalid reference format");
  });

  it("tells whether its registry is on this machine", () => {
    expect(["127.0.0.1:5000", "localhost"].map(isLoopback)).to.deep.equal([true, true]);
    expect(["registry.example.com", "10.0.0.1:5000"].map(isLoopback)).to.deep.equal([false, false]);
  });
});

describe("a .dockerignore file", () => {
  const ignored = (content: string, path: string): boolean => isIgnored(path, parseIgnoreFile(content));

  it("names files and folders with all that is in them", () => {
    expect(ignored("node_modules\n", "node_modules/pg/index.js")).to.equal(true);
    expect(ignored("node_modules\n", "app/node_modules")).to.equal(false);
    expect(ignored("/dist/\n", "dist/main.js")).to.equal(true);
  });

  it("knows *, ? and **", () => {
    expect(ignored("*.log", "a.log")).to.equal(true);
    expect(ignored("*.log", "logs/a.log")).to.equal(false);
    expect(ignored("**/*.log", "logs/deep/a.log")).to.equal(true);
    expect(ignored("a?c", "abc")).to.equal(true);
    expect(ignored("a.c", "abc")).to.equal(false);
  });

  it("takes exceptions in the order in which they stand", () => {
    expect(ignored("*.log\n!keep.log", "keep.log")).to.equal(false);
    expect(ignored("!keep.log\n*.log", "keep.log")).to.equal(true);
    expect(ignored("# *.log", "a.log")).to.equal(false);
  });
});

describe("an Image", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "image-test-"));
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    writeFileSync(join(folder, "main.js"), "1");
    writeFileSync(join(folder, ".dockerignore"), "ignored\n");
    mkdirSync(join(folder, "ignored"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const digest = (): Promise<string> => contextDigest(folder, join(folder, "Dockerfile"));
  const inputs = (build: Properties = {}): Properties => ({
    imageName: "127.0.0.1:5000/jobs:1",
    build: { context: folder, platform: "linux/amd64", ...build },
  });
  const check = (news: Properties) => checkImage({ urn, olds: {}, news, seed: new Uint8Array() }, engine);

  it("is told apart by contents, names, modes and links, not by what is ignored", async () => {
    const first = await digest();
    writeFileSync(join(folder, "ignored", "a"), "x");
    expect(await digest()).to.equal(first);
    writeFileSync(join(folder, "main.js"), "2");
    const second = await digest();
    expect(second).not.to.equal(first);
    symlinkSync("main.js", join(folder, "link"));
    expect(await digest()).not.to.equal(second);
  });

  it("has its Dockerfile in its context by default, and a digest of both among its inputs", async () => {
    const { inputs: checked, failures } = await check(inputs());
    expect(failures).to.deep.equal([]);
    expect(checked["buildOnPreview"]).to.equal(false);
    expect(checked["build"]).to.deep.include({
      dockerfile: join(folder, "Dockerfile"),
      contextDigest: await digest(),
    });
  });

  it("is refused without a Dockerfile, saying which path would do", async () => {
    const error = (build: Properties): Promise<string> =>
      check(inputs(build)).then(
        () => "",
        (problem: Error) => problem.message,
      );
    const context = relative(process.cwd(), folder);
    expect(await error({ context, dockerfile: "main.js" })).to.contain(
      `Try setting \`dockerfile\` to "${join(context, "main.js")}"`,
    );
    expect(await error({ dockerfile: "nowhere" })).to.contain("could not open dockerfile at relative path");
    expect(await error({ builderVersion: "V3" })).to.equal("invalid Docker Builder version");
  });

  it("is built again when its context changes, not when only the registry's password does", () => {
    const old = { ...inputs({ contextDigest: "a" }), registry: { server: "r", password: "1" } };
    const diff = (news: Properties) => {
      const olds = { __inputs: new Secret(old) };
      return diffImage({ id: "", urn, olds, oldInputs: {}, news, ignoreChanges: [] });
    };
    expect(diff(old).changed).to.equal(false);
    expect(diff({ ...old, registry: { server: "r", password: new Secret("2") } }).changed).to.equal(false);
    expect(diff({ ...old, ...inputs({ contextDigest: "b" }) })).to.deep.include({
      changed: true,
      replaces: [],
    });
    expect(diff({ ...old, imageName: UNKNOWN }).changed).to.equal(true);
  });

  it("is pushed and known by the digest of what was pushed", async () => {
    const done: string[] = [];
    const builder: Builder = {
      build: async () => (done.push("build"), "sha256:id"),
      push: async () => (done.push("push"), DIGEST),
    };
    const place = { urn, preview: false, engine, cancelled: new AbortController().signal };
    const { inputs: checked } = await check(inputs());
    const state = await makeImage(builder, checked, place);
    expect(done).to.deep.equal(["build", "push"]);
    expect(state).to.deep.include({
      repoDigest: `127.0.0.1:5000/jobs@${DIGEST}`,
      imageName: "127.0.0.1:5000/jobs:1",
      dockerfile: "Dockerfile",
    });
    const local = await makeImage(builder, { ...checked, skipPush: true }, place);
    expect(local["repoDigest"]).to.equal("sha256:id");
  });

  it("says whether building or pushing failed", async () => {
    const builder: Builder = {
      build: async () => "id",
      push: () => Promise.reject(new Error("no such host")),
    };
    const place = { urn, preview: false, engine, cancelled: new AbortController().signal };
    const error = await makeImage(builder, inputs(), place).then(
      () => "",
      (problem: Error) => problem.message,
    );
    expect(error).to.equal("error reading push output: no such host");
  });
});
