import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { byDigest, imageReference } from "../../../protocol/kubernetes/image-reference.ts";
import { resolveDigest } from "../../../cli/cluster/resolve-digest.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("an image's name", () => {
  const names: readonly (readonly [string, string, string, string])[] = [
    ["shop", "registry-1.docker.io", "library/shop", "latest"],
    ["team/shop:2", "registry-1.docker.io", "team/shop", "2"],
    ["docker.io/team/shop", "registry-1.docker.io", "team/shop", "latest"],
    ["registry.example.com/shop:2.0.0", "registry.example.com", "shop", "2.0.0"],
    ["127.0.0.1:5000/a/b:v1", "127.0.0.1:5000", "a/b", "v1"],
    ["localhost:5000/shop", "localhost:5000", "shop", "latest"],
  ];
  for (const [text, registry, repository, tag] of names) {
    it(`is read in ${text} as docker reads it`, () => {
      expect(imageReference(text)).to.deep.equal({ registry, repository, tag, digest: null });
    });
  }

  it("keeps registry and repository where a digest takes the tag's place", () => {
    expect(byDigest("127.0.0.1:5000/shop:2", DIGEST)).to.equal(`127.0.0.1:5000/shop@${DIGEST}`);
    expect(byDigest(`127.0.0.1:5000/shop:2@${DIGEST}`, DIGEST)).to.equal(`127.0.0.1:5000/shop@${DIGEST}`);
    expect(byDigest("localhost:5000/shop", DIGEST)).to.equal(`localhost:5000/shop@${DIGEST}`);
  });

  it("is refused where it is none", () => {
    expect(() => imageReference("https://shop")).to.throw(/must look like/);
  });
});

describe("a tag", () => {
  let server: Server;
  let registry: string;
  const asked: string[] = [];

  before(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? "anonymous"}`);
      if (request.url?.startsWith("/token")) {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ token: "granted" }));
        return;
      }
      if (request.url?.startsWith("/v2/closed/") && request.headers.authorization !== "Bearer granted") {
        response.statusCode = 401;
        response.setHeader(
          "www-authenticate",
          `Bearer realm="http://${registry}/token",service="s",scope="pull"`,
        );
      } else if (request.url?.endsWith("/gone")) response.statusCode = 404;
      else response.setHeader("docker-content-digest", DIGEST);
      response.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => server.close());

  it("becomes the digest that the registry names", async () => {
    expect(await resolveDigest(`${registry}/shop:2`)).to.equal(`${registry}/shop@${DIGEST}`);
    expect(asked.at(-1)).to.equal("HEAD /v2/shop/manifests/2 anonymous");
  });

  it("is asked for with a token where the registry wants one", async () => {
    expect(await resolveDigest(`${registry}/closed/shop:2`)).to.equal(`${registry}/closed/shop@${DIGEST}`);
  });

  it("is not asked for where the digest is named already", async () => {
    const before = asked.length;
    expect(await resolveDigest(`${registry}/shop@${DIGEST}`)).to.equal(`${registry}/shop@${DIGEST}`);
    expect(asked.length).to.equal(before);
  });

  it("that does not exist is said not to", async () => {
    let message = "";
    await resolveDigest(`${registry}/shop:gone`).catch((error: Error) => (message = error.message));
    expect(message).to.match(/Cannot find .*shop:gone: .* has no such image\. Nothing was changed\./);
  });
});
