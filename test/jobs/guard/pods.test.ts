import { expect } from "chai";
import { lookAtPods } from "../../../jobs/guard/pods.ts";
import { apiAt } from "../../../jobs/kubernetes/cluster-api.ts";
import { answering } from "../answering.ts";
import { settingsFor } from "./watched-double.ts";

describe("the guard's look at pods", () => {
  it("asks for a long list in parts, and sees every pod of it", async () => {
    const names = Array.from({ length: 250 }, (_, at) => `pod-${at}`);
    const server = await answering(({ path }, response) => {
      const query = new URLSearchParams(path.split("?")[1]);
      const from = Number(query.get("continue") ?? 0);
      const upTo = from + Number(query.get("limit"));
      const items = names.slice(from, upTo).map((name) => ({
        metadata: { name, creationTimestamp: "2026-01-01T00:00:00Z" },
        status: { conditions: [{ type: "Ready", status: "True" }] },
      }));
      const metadata = upTo < names.length ? { continue: String(upTo) } : {};
      response.end(JSON.stringify({ metadata, items }));
    });
    try {
      const settings = settingsFor(9090, {});
      const api = apiAt(server.url, () => Promise.resolve("token"));
      const sight = await lookAtPods(settings, settings.active, api, new AbortController().signal);
      expect(sight.alive).to.deep.equal(names);
      expect(sight.ready).to.equal(250);
      expect(server.requests).to.have.length(3);
      for (const { path } of server.requests) expect(path).to.include("labelSelector=colour%3Dblue");
    } finally {
      await server.close();
    }
  });
});
