import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readVerdict } from "../../components/verdict.ts";
import { configSchema } from "../../protocol/config/config-schema.ts";
import type { FoundVerdict } from "../../release/verdict.ts";
import { answering } from "../jobs/answering.ts";
import { recordOf } from "../release/records.ts";

const app = configSchema.shape.app.parse({ name: "shop" });

describe("the verdict that the gate reads", () => {
  const folder = mkdtempSync(join(tmpdir(), "zero-downtime-verdict-"));
  const kubeconfig = join(folder, "kubeconfig");
  after(() => rmSync(folder, { recursive: true }));

  /** What it finds where the cluster answers so. */
  async function found(status: number, body: object, context = "shop"): Promise<FoundVerdict> {
    const server = await answering((_, response) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    const named = (name: string, more: object) => ({ name, ...more });
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [named("shop", { cluster: { server: server.url, "insecure-skip-tls-verify": true } })],
        users: [named("shop", { user: { token: "secret" } })],
        contexts: [named("shop", { context: { cluster: "shop", user: "shop" } })],
        "current-context": context,
      }),
    );
    try {
      const verdict = await readVerdict({ cluster: { kubeconfig }, namespace: "book", app });
      for (const { path, headers } of server.requests) {
        expect(path).to.equal("/api/v1/namespaces/book/configmaps/shop-verdict");
        expect(headers.authorization).to.equal("Bearer secret");
      }
      return verdict;
    } finally {
      await server.close();
    }
  }

  it("is what the guard has written, or nothing yet", async () => {
    const record = recordOf("registry/shop@sha256:2", { "5": "pass" });
    const object = (data?: object) => ({ metadata: { name: "shop-verdict" }, data });
    expect(await found(200, object({ verdict: JSON.stringify(record) }))).to.deep.equal({ found: record });
    expect(await found(200, object())).to.deep.equal({ found: null });
  });

  it("is missing where the cluster has no such object", async () => {
    expect(await found(404, { message: "not found" })).to.include({ isMissing: true });
  });

  it("cannot be read where the cluster refuses, answers with something else, or is not there", async () => {
    expect(await found(403, { message: "no get for you" })).to.deep.equal({
      unreadable: "the API server answered 403: no get for you",
    });
    expect(await found(200, { data: 1 }))
      .to.have.property("unreadable")
      .that.matches(/not shaped as expected/);
    expect(await found(200, {}, "gone")).to.deep.equal({
      unreadable: 'the kubeconfig has no context "gone"',
    });
    // Its server of the last time has ended.
    await found(200, {});
    expect(await readVerdict({ cluster: { kubeconfig }, namespace: "book", app }))
      .to.have.property("unreadable")
      .that.matches(/ECONNREFUSED/);
  });
});
