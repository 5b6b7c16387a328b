import { z } from "zod";
import { PROMETHEUS_MOMENT_SECONDS } from "../../../release/judge/soak-windows.ts";
import { NoAnswer, request } from "../../http/request.ts";
import { isWantedBy, NotCounted, sampleOf, wantedNames, type PodSample } from "../sample.ts";
import type { Series } from "../exposition.ts";
import { isReady } from "../pod.ts";
import type { GuardSettings } from "../../../protocol/jobs/guard-settings.ts";
import { seenPod, type MetricSource, type Reading } from "./metric-source.ts";

const answered = z.object({
  data: z.object({
    resultType: z.literal("vector"),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

const LONGEST_QUERY_MILLISECONDS = 5_000;

/**
 * A Prometheus that already scrapes the pods; null: config names none. Only Prometheus knows how
 * old its values are: a restarted process shows when a counter has fallen, and not before.
 */
export function prometheus(metrics: GuardSettings["metrics"]): MetricSource | null {
  if (metrics.prometheus === null) return null;
  return {
    momentSeconds: PROMETHEUS_MOMENT_SECONDS,
    read: async (pods, colour, signal) => {
      const names = pods.map(({ metadata }) => metadata.name);
      let samples: Map<string, PodSample>;
      try {
        samples = await askPrometheus(metrics, names, signal);
      } catch (error) {
        if (!(error instanceof NoAnswer || error instanceof NotCounted)) throw error;
        return [{ unread: `${colour}: ${error.message}` }];
      }
      return pods.map((one): Reading => {
        const { name } = one.metadata;
        const sample = samples.get(name);
        if (sample) return seenPod(one, 0, sample);
        return isReady(one) ? { unread: `${colour} pod ${name}: Prometheus knows nothing of it` } : {};
      });
    },
  };
}

/**
 * Queries a Prometheus for the pods' counters as it scraped them last, in one query.
 *
 * @returns by pod; one that Prometheus does not know is missing
 * @throws {NoAnswer} where it does not answer, or not with a vector
 */
export async function askPrometheus(
  metrics: GuardSettings["metrics"],
  pods: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, PodSample>> {
  const { prometheus } = metrics;
  if (!prometheus || pods.length === 0) return new Map();
  const { url, podLabel, matchers } = prometheus;
  const selectors = [
    `__name__=~"${wantedNames(metrics).join("|")}"`,
    `${podLabel}=~"${pods.join("|")}"`,
    ...(matchers === "" ? [] : [matchers]),
  ];
  const query = new URL("api/v1/query", url.endsWith("/") ? url : `${url}/`);
  const { status, body } = await request(query, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ query: `{${selectors.join(",")}}` }).toString(),
    agent: false,
    deadlineMilliseconds: LONGEST_QUERY_MILLISECONDS,
    signal,
  });
  if (status !== 200)
    throw new NoAnswer(`HTTP${status}`, `${query.href}: answer ${status}: ${body.slice(0, 200)}`);
  const parsed = answered.safeParse(parseJson(body));
  if (!parsed.success)
    throw new NoAnswer("NOVECTOR", `${query.href}: no vector of samples: ${body.slice(0, 200)}`);
  const isWanted = isWantedBy(metrics);
  const byPod = Map.groupBy(
    parsed.data.data.result.filter(({ metric }) => isWanted(metric["__name__"] ?? "")),
    ({ metric }) => metric[podLabel] ?? "",
  );
  const samples = new Map<string, PodSample>();
  let nothing: NotCounted | undefined;
  for (const [pod, results] of byPod) {
    const series = results.map(({ metric: { __name__: name = "", ...labels }, value }): Series => ({
      name,
      labels,
      value: Number(value[1]),
    }));
    try {
      samples.set(pod, sampleOf({ series, declared: new Set() }, metrics));
    } catch (error) {
      // A pod that has not been scraped yet has no series here; the others are read all the same.
      if (!(error instanceof NotCounted)) throw error;
      nothing = error;
    }
  }
  if (nothing && samples.size === 0) throw nothing;
  return samples;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
