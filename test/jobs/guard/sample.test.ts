import { expect } from "chai";
import { parseExposition } from "../../../jobs/guard/exposition.ts";
import { isWantedBy, NotCounted, sampleOf } from "../../../jobs/guard/sample.ts";
import type { MetricNames } from "../../../protocol/jobs/metric-names.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";

const defaults = configSchema.shape.canary.parse({}).metrics;
const names: MetricNames = defaults;

const sampled = (page: string, more: Partial<MetricNames> = {}) => {
  const asked = { ...names, ...more };
  return sampleOf(parseExposition(page, isWantedBy(asked)), asked);
};

describe("sampleOf", () => {
  it("knows what Node's usual client counts, as the example does", () => {
    expect(
      sampled(`
http_requests_total{code="200",method="GET"} 90
http_requests_total{code="404",method="GET"} 6
http_requests_total{code="500",method="POST"} 3
http_requests_total{code="503",method="GET"} 1
http_request_duration_seconds_bucket{le="0.1",code="200",method="GET"} 80
http_request_duration_seconds_bucket{le="+Inf",code="200",method="GET"} 90
http_request_duration_seconds_bucket{le="0.1",code="500",method="POST"} 3
http_request_duration_seconds_bucket{le="+Inf",code="500",method="POST"} 3
http_request_duration_seconds_count{code="200",method="GET"} 90
process_cpu_seconds_total 1.5
process_resident_memory_bytes 5e7
`),
    ).to.deep.equal({
      requests: 100,
      failures: 4,
      durations: { bounds: [0.1], atMost: [83], count: 93 },
      cpuSeconds: 1.5,
      memoryBytes: 5e7,
    });
  });

  it("knows what Go's and Java's conventions count, where there is a histogram alone too", () => {
    const micrometer = sampled(`
http_server_requests_seconds_count{status="200",uri="/x"} 10
http_server_requests_seconds_count{status="500",uri="/x"} 2
http_server_requests_seconds_bucket{status="200",uri="/x",le="+Inf"} 10
`);
    expect(micrometer).to.include({ requests: 12, failures: 2, cpuSeconds: null });
    const openTelemetry = sampled(`
http_server_request_duration_seconds_count{http_response_status_code="200"} 5
http_server_request_duration_seconds_count{http_response_status_code="502"} 1
http_server_request_duration_seconds_bucket{http_response_status_code="200",le="0.5"} 5
`);
    expect(openTelemetry).to.include({ requests: 6, failures: 1 });
    expect(openTelemetry.durations).to.deep.include({ bounds: [0.5], atMost: [5] });
  });

  it("reads milliseconds as such, and leaves out what is no user's request", () => {
    const { requests, durations } = sampled(
      `
http_request_duration_milliseconds_count{code="200",path="/healthz"} 500
http_request_duration_milliseconds_count{code="200",path="/x"} 5
http_request_duration_milliseconds_bucket{code="200",path="/x",le="250"} 4
`,
      { ignore: { path: "^/(healthz|metrics)$" } },
    );
    expect(requests).to.equal(5);
    expect(durations).to.deep.include({ bounds: [0.25], atMost: [4] });
  });

  it("counts none of a pod that explains its counter and has answered nobody, and says so where it knows no counter", () => {
    expect(sampled("# TYPE http_requests_total counter\n")).to.include({ requests: 0, failures: 0 });
    expect(() => sampled("process_cpu_seconds_total 1\n")).to.throw(NotCounted, /canary\.metrics names/);
  });

  it("knows no durations of a pod that explains its histogram and has observed nothing", () => {
    const page = "# TYPE http_requests_total counter\n# TYPE http_request_duration_seconds histogram\n";
    expect(sampled(page)).to.include({ requests: 0, durations: null });
  });

  it("takes nothing for answered well that has none of the labels of a status", () => {
    expect(() => sampled('http_requests_total{outcome="error"} 7\n')).to.throw(
      NotCounted,
      /counts http_requests_total by none of the labels code, /,
    );
  });
});
