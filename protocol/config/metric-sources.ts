import { z } from "zod";
import { about } from "./key-notes.ts";
import { url } from "./value-types.ts";

/*
 * Where the guard may read what the pods have counted, besides the pods themselves: a key of
 * `canary.metrics` each. jobs/guard/sources/sources.ts lists how each of them is read.
 */

const prometheus = z.strictObject({
  url: url.meta(about("Address of the Prometheus, as pods reach it.", "http://prometheus.monitoring.svc")),
  podLabel: z.string().min(1).default("pod").meta(about("Label that holds a pod's name.", "pod")),
  matchers: z.string().default("").meta(about("Further label matchers, as in PromQL.", 'namespace="live"')),
});

/** As config names them. */
export const configuredSources = z.object({
  prometheus: prometheus.optional().meta({
    description: "An existing Prometheus that is asked in place of the pods.",
    otherwise: "the pods are asked",
  }),
});

/** As the guard's settings have them. */
export const watchedSources = z.object({ prometheus: prometheus.nullable() });

/** The guard's settings for the sources that config names. */
export function toWatch(configured: z.infer<typeof configuredSources>): z.infer<typeof watchedSources> {
  return { prometheus: configured.prometheus ?? null };
}

/** Everything else that config says about metrics, in the same order. */
export function withoutSources<Metrics extends object>(
  metrics: Metrics,
): Omit<Metrics, keyof typeof configuredSources.shape> {
  const rest = Object.entries(metrics).filter(([key]) => !(key in configuredSources.shape));
  return Object.fromEntries(rest) as Omit<Metrics, keyof typeof configuredSources.shape>;
}
