import type { GuardSettings } from "../../../protocol/jobs/guard-settings.ts";
import type { MetricSource } from "./metric-source.ts";
import { podPages } from "./pod-scrape.ts";
import { prometheus } from "./prometheus.ts";

type Metrics = GuardSettings["metrics"];

/** Every kind of source that config may name; each is null where config does not name it. */
const KINDS: readonly ((metrics: Metrics) => MetricSource | null)[] = [prometheus];

/** The source that config names, or else the pods themselves. */
export function sourceOf(metrics: Metrics): MetricSource {
  for (const kind of KINDS) {
    const source = kind(metrics);
    if (source !== null) return source;
  }
  return podPages(metrics);
}
