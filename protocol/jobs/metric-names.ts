import { z } from "zod";

/** How the application names its metrics. Of each list, the first name that a pod has is used. */
const metricNames = z.object({
  /** Counters of answered requests, by status. */
  requests: z.array(z.string().min(1)),
  /** Histograms of durations, without `_bucket`; in seconds unless the name says milliseconds. */
  durations: z.array(z.string().min(1)),
  /** Labels that hold a request's status. */
  statusLabels: z.array(z.string().min(1)).min(1),
  /** Statuses that count as failures, as a regular expression. */
  failures: z.string().min(1),
  /** Series with these values of labels are not users' requests: health checks and the like. */
  ignore: z.record(z.string(), z.string()),
});
export type MetricNames = z.infer<typeof metricNames>;

/** Where each pod shows its metrics, besides how they are named. */
export const metricPages = metricNames.extend({
  path: z.string().startsWith("/"),
  port: z.number().int().min(1).max(65_535),
  /** The application's container in a pod of several; left out: `APP_CONTAINER`. */
  container: z.string().min(1).optional(),
});
export type MetricPages = z.infer<typeof metricPages>;
