import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";

/** What the board tells Prometheus, under names and labels that are common besides ours. */
export interface BoardMetrics {
  readonly contentType: string;
  readonly text: () => Promise<string>;
  /** A request has come; the answer's status ends it. */
  readonly begin: (method: string, path: string) => (status: number) => void;
}

export function boardMetrics(): BoardMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "http_requests_total",
    help: "Requests by the status of their answers",
    labelNames: ["status"],
    registers,
  });
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Seconds until the answer",
    labelNames: ["method", "path", "status"],
    registers,
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    begin: (method, path) => {
      const end = durations.startTimer({ method, path });
      return (status) => {
        requests.inc({ status });
        end({ status });
      };
    },
  };
}
