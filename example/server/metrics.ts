import { Counter, Histogram, Registry, collectDefaultMetrics } from "prom-client";

/** What a pod tells Prometheus about its answers. */
export interface Metrics {
  readonly contentType: string;
  readonly text: () => Promise<string>;
  readonly answered: (method: string, code: number, seconds: number) => void;
}

// Close together, so that two versions can be compared by their histograms.
const BUCKETS_SECONDS = [
  0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1,
  2, 5, 10,
];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "http_requests_total",
    help: "Requests answered, by status code and method",
    labelNames: ["code", "method"],
    registers: [registry],
  });
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Seconds from the arrival of a request to its answer, by status code and method",
    labelNames: ["code", "method"],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    answered: (method, code, seconds) => {
      requests.inc({ code, method });
      durations.observe({ code, method }, seconds);
    },
  };
}
