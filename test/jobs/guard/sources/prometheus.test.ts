import { expect } from "chai";
import { configSchema } from "../../../../protocol/config/config-schema.ts";
import { askPrometheus } from "../../../../jobs/guard/sources/prometheus.ts";
import { NoAnswer } from "../../../../jobs/http/request.ts";
import { answering, type Answering } from "../../answering.ts";

const never = new AbortController().signal;

describe("askPrometheus", () => {
  let server: Answering;
  let answer: object | string;

  before(async () => {
    server = await answering((_, response) =>
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer)),
    );
  });
  after(() => server.close());

  const ask = () => {
    const { metrics } = configSchema.shape.canary.parse({});
    const prometheus = {
      url: `${server.url}/prometheus`,
      podLabel: "kubernetes_pod_name",
      matchers: 'namespace="shop"',
    };
    return askPrometheus(
      { ...metrics, path: "/metrics", port: 8080, prometheus },
      ["book-1", "book-2"],
      never,
    );
  };

  it("asks once for all pods, and sums each one's series up", async () => {
    const series = (pod: string, labels: object, value: string) => ({
      metric: { kubernetes_pod_name: pod, ...labels },
      value: [1700000000, value],
    });
    answer = {
      status: "success",
      data: {
        resultType: "vector",
        result: [
          series("book-1", { __name__: "http_requests_total", code: "200" }, "7"),
          series("book-1", { __name__: "http_requests_total", code: "500" }, "2"),
          series("book-1", { __name__: "process_resident_memory_bytes" }, "5e7"),
          series("book-2", { __name__: "http_requests_total", code: "200" }, "1"),
        ],
      },
    };
    const found = await ask();
    expect(found.get("book-1")).to.include({ requests: 9, failures: 2, memoryBytes: 5e7 });
    expect(found.get("book-2")).to.include({ requests: 1, failures: 0 });
    const { path, body } = server.requests.at(-1) ?? {};
    expect(path).to.equal("/prometheus/api/v1/query");
    const query = new URLSearchParams(body).get("query") ?? "";
    expect(query).to.match(
      /^\{__name__=~"[\w|]*http_requests_total[\w|]*",kubernetes_pod_name=~"book-1\|book-2",namespace="shop"\}$/,
    );
  });

  it("says what came instead, where it is no vector", async () => {
    for (const other of ["<html>", { status: "error", error: "bad query" }]) {
      answer = other;
      const error = await ask().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(NoAnswer);
      expect(String(error)).to.match(/no vector of samples/);
    }
  });
});
