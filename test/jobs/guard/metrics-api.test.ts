import { expect } from "chai";
import { apiAt } from "../../../jobs/kubernetes/cluster-api.ts";
import { readPodUsage } from "../../../jobs/guard/metrics-api.ts";
import { answering } from "../answering.ts";

const never = new AbortController().signal;

describe("readPodUsage", () => {
  it("reads what the application uses in each pod, and says where there is no metrics API", async () => {
    const usage = (name: string, cpu: string, memory: string) => ({ name, usage: { cpu, memory } });
    const list = {
      items: [
        {
          metadata: { name: "book-1" },
          containers: [usage("proxy", "2", "1Gi"), usage("shop", "250m", "60Mi")],
        },
        // Nobody can tell which of these is the application's.
        {
          metadata: { name: "book-2" },
          containers: [usage("a", "250m", "60Mi"), usage("b", "1500000n", "4096Ki")],
        },
      ],
    };
    let status = 200;
    const server = await answering((_, response) => response.writeHead(status).end(JSON.stringify(list)));
    const read = () =>
      readPodUsage(
        apiAt(server.url, () => Promise.resolve("")),
        "shop",
        "a=b,c=d",
        "shop",
        never,
      );
    try {
      expect([...((await read()) ?? [])]).to.deep.equal([
        ["book-1", { cores: 0.25, bytes: 60 * 1024 * 1024 }],
        ["book-2", { cores: 0.2515, bytes: 64 * 1024 * 1024 }],
      ]);
      expect(server.requests[0]?.path).to.equal(
        "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=a%3Db%2Cc%3Dd",
      );
      status = 404;
      expect(await read()).to.equal(undefined);
    } finally {
      await server.close();
    }
  });
});
