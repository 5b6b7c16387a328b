import { z } from "zod";
import { configuredSources } from "./metric-sources.ts";
import { about } from "./key-notes.ts";
import { path, pattern, port } from "./value-types.ts";

/** Where the guard reads requests and durations, and under which names. */
export const metrics = z.strictObject({
  path: path.optional().meta(
    about("Path of the pods' metrics.", "/metrics", {
      otherwise: "`/metrics`; with `manifests`: as the pods' annotations say, else `/metrics`",
    }),
  ),
  port: port.optional().meta(
    about("Port of the pods' metrics.", 9100, {
      otherwise:
        "`app.port`; with `manifests`: as the pods' annotations or ports say, else the port of the Service's pods",
    }),
  ),
  everySeconds: z
    .number()
    .min(0.5)
    .max(60)
    .default(2)
    .meta(about("How often the guard looks.", 2, { unit: "seconds" })),
  requests: z
    .array(z.string().min(1))
    .default(["http_requests_total", "http_server_requests_total", "http_server_requests_seconds_count"])
    .meta(about("Names of the counter of requests.", ["http_requests_total"])),
  durations: z
    .array(z.string().min(1))
    .default([
      "http_request_duration_seconds",
      "http_server_request_duration_seconds",
      "http_server_requests_seconds",
      "http_request_duration_milliseconds",
    ])
    .meta(about("Names of the histogram of durations.", ["http_request_duration_seconds"])),
  statusLabels: z
    .array(z.string().min(1))
    .min(1)
    .default(["code", "status", "status_code", "http_response_status_code", "http_status_code"])
    .meta(about("Names of the label that holds the status of the answer.", ["code"])),
  failures: pattern.default("^5").meta(about("Statuses that count as failures.", "^5")),
  ignore: z
    .record(z.string(), pattern)
    .default({})
    .meta(
      about("Series that are no requests of users: those with such a value of a label.", {
        route: "^/(readyz|healthz)$",
      }),
    ),
  usage: z
    .enum(["process", "metrics-api"])
    .default("process")
    .meta(
      about(
        "Where CPU and memory are read: from the pods' own process metrics, or from the cluster's metrics API.",
        "process",
      ),
    ),
  ...configuredSources.shape,
});
