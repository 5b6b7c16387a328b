import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { apiAt, clusterApi } from "../../../jobs/kubernetes/cluster-api.ts";
import { answering } from "../answering.ts";

const signal = new AbortController().signal;
const messageOf = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.message);

describe("clusterApi", () => {
  it("says where it belongs when it runs outside a pod", async () => {
    expect(await messageOf(clusterApi({}))).to.match(
      /^Cannot reach the Kubernetes API as KUBERNETES_SERVICE_HOST .*inside a pod$/,
    );
  });

  it("reaches the address that the pod was given", async () => {
    const account = await mkdtemp(join(tmpdir(), "account-"));
    await Promise.all(["ca.crt", "token"].map((name) => writeFile(join(account, name), "")));
    const api = await clusterApi({ KUBERNETES_SERVICE_HOST: "::1", KUBERNETES_SERVICE_PORT: "1" }, account);
    expect(await messageOf(api.get(z.object({}), "/version", signal))).to.include("https://[::1]:1/version");
    await rm(account, { recursive: true });
  });
});

describe("apiAt", () => {
  it("sends the token of the moment", async () => {
    const server = await answering((_, response) => void response.end("{}"));
    let renewed = 0;
    const api = apiAt(server.url, () => Promise.resolve(`token-${(renewed += 1)}\n`));
    await api.get(z.object({}), "/a", signal);
    await api.get(z.object({}), "/b", signal);
    await server.close();
    expect(server.requests.map(({ headers }) => headers.authorization)).to.deep.equal([
      "Bearer token-1",
      "Bearer token-2",
    ]);
  });

  it("names what it does not understand", async () => {
    const server = await answering((_, response) => void response.end('{"items":3}'));
    const api = apiAt(server.url, () => Promise.resolve(""));
    const message = await messageOf(api.get(z.object({ items: z.array(z.string()) }), "/list", signal));
    await server.close();
    expect(message).to.match(/^Cannot understand \/list as it is not shaped as expected: .*items/s);
  });
});
