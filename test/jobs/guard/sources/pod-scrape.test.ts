import { expect } from "chai";
import { pod as podShape } from "../../../../jobs/guard/pod.ts";
import { podPages } from "../../../../jobs/guard/sources/pod-scrape.ts";
import { configSchema } from "../../../../protocol/config/config-schema.ts";
import { answering, type Answering } from "../../answering.ts";

const names = configSchema.shape.canary.parse({}).metrics;
const never = new AbortController().signal;

describe("reading the pages of pods with several containers", () => {
  let server: Answering;
  before(
    async () =>
      (server = await answering((_, response) => response.end('http_requests_total{code="200"} 3'))),
  );
  after(() => server.close());

  /** Restarts that are noted of a pod, whose containers have these ports. */
  async function restarts(ports: Readonly<Record<string, readonly string[]>>, container?: string) {
    const port = Number(new URL(server.url).port);
    const containers = ["proxy", "app", "shop"].map((name) => ({
      name,
      ports: (ports[name] ?? []).map((each) => ({ containerPort: each === "metrics" ? port : 1 })),
    }));
    const one = podShape.parse({
      metadata: { name: "shop-1", creationTimestamp: "2026-01-01T00:00:00Z" },
      spec: { containers, initContainers: [{ name: "agent", ports: [] }] },
      status: {
        podIP: "127.0.0.1",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [
          { name: "proxy", restartCount: 5 },
          { name: "app", restartCount: 1 },
          { name: "shop", restartCount: 2 },
        ],
        initContainerStatuses: [{ name: "agent", restartCount: 7 }],
      },
    });
    const metrics = { ...names, path: "/metrics", port, ...(container ? { container } : {}) };
    const [reading] = await podPages(metrics).read([one], "blue", never);
    expect(reading?.seen?.sample.requests).to.equal(3);
    return reading?.seen?.restarts;
  }

  it("goes by the container that has the port, as its restarts set the counters back", async () => {
    expect(await restarts({ proxy: ["metrics"], shop: ["http"] }, "shop")).to.equal(5);
    expect(await restarts({ app: ["http"], shop: ["http", "metrics"] })).to.equal(2);
  });

  it("goes by the application's container where nobody says that they have it", async () => {
    expect(await restarts({}, "shop")).to.equal(2);
    expect(await restarts({})).to.equal(1);
  });
});
