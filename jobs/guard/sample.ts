import type { MetricNames } from "../../protocol/jobs/metric-names.ts";
import { configKey } from "../../protocol/names.ts";
import type { Histogram } from "../../release/judge/evidence.ts";
import type { Page, Series } from "./exposition.ts";

/** What a pod has counted since its process began; null where it has no such metric. */
export interface PodSample {
  readonly requests: number;
  readonly failures: number;
  /** In seconds; null without a histogram, or with one in which nothing was observed yet. */
  readonly durations: Histogram | null;
  readonly cpuSeconds: number | null;
  readonly memoryBytes: number | null;
}

const CPU = "process_cpu_seconds_total";
const MEMORY = "process_resident_memory_bytes";

/** Every name that is read. */
export function wantedNames({ requests, durations }: MetricNames): string[] {
  return [CPU, MEMORY, ...requests, ...durations.flatMap((name) => [`${name}_bucket`, `${name}_count`])];
}

/** The part of a page that is read. */
export function isWantedBy(names: MetricNames): (name: string) => boolean {
  const wanted = new Set(wantedNames(names));
  return (name) => wanted.has(name);
}

/**
 * Adds up a pod's series over all labels except the status.
 *
 * @throws {NotCounted} where none of the names is on the page
 */
export function sampleOf({ series, declared }: Page, names: MetricNames): PodSample {
  const byName = Map.groupBy(series.filter(isUsers(names)), ({ name }) => name);
  // Before the first request there is no series, only its TYPE line; OpenMetrics names a counter
  // there without "_total".
  const isKnown = (name: string) =>
    byName.has(name) || declared.has(name) || declared.has(name.replace(/_total$/, ""));
  const durations = names.durations.find((name) => byName.has(`${name}_count`) || declared.has(name));
  const requests = names.requests.find(isKnown) ?? (durations && `${durations}_count`);
  if (requests === undefined)
    throw new NotCounted(`counts neither ${names.requests.join(", ")} nor ${names.durations.join(", ")}`);
  const counted = byName.get(requests) ?? [];
  // Without a status every request would count as a success.
  if (counted.length > 0 && !counted.some(hasStatus(names)))
    throw new NotCounted(`counts ${requests} by none of the labels ${names.statusLabels.join(", ")}`);
  const isFailure = failureTest(names);
  return {
    requests: sum(counted),
    failures: sum(counted.filter(isFailure)),
    durations:
      durations === undefined ? null : histogramOf(durations, byName.get(`${durations}_bucket`) ?? []),
    cpuSeconds: sumOrNull(byName.get(CPU)),
    memoryBytes: sumOrNull(byName.get(MEMORY)),
  };
}

/** The page lacks a metric that is needed. */
export class NotCounted extends Error {
  override readonly name = "NotCounted";

  constructor(what: string) {
    super(`it ${what} (${configKey("canary.metrics")} names what to look for)`);
  }
}

function isUsers({ ignore }: MetricNames): (series: Series) => boolean {
  const ignored = Object.entries(ignore).map(([label, pattern]) => [label, new RegExp(pattern)] as const);
  return ({ labels }) => !ignored.some(([label, pattern]) => pattern.test(labels[label] ?? ""));
}

const hasStatus =
  ({ statusLabels }: MetricNames) =>
  ({ labels }: Series): boolean =>
    statusLabels.some((name) => name in labels);

function failureTest({ statusLabels, failures }: MetricNames): (series: Series) => boolean {
  const pattern = new RegExp(failures);
  return ({ labels }) => {
    const label = statusLabels.find((name) => name in labels);
    return label !== undefined && pattern.test(labels[label] ?? "");
  };
}

/** Null before the first observation: a histogram that has only its TYPE line has no bounds yet. */
function histogramOf(name: string, series: readonly Series[]): Histogram | null {
  if (series.length === 0) return null;
  const unit = /_(milliseconds|ms)(_|$)/.test(name) ? 1000 : 1;
  const counts = new Map<number, number>();
  for (const { labels, value } of series) {
    const bound = labels["le"] === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels["le"]) / unit;
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const bounds = [...counts.keys()].filter(Number.isFinite).sort((one, two) => one - two);
  return {
    bounds,
    atMost: bounds.map((bound) => counts.get(bound) ?? 0),
    count: counts.get(Number.POSITIVE_INFINITY) ?? 0,
  };
}

const sum = (series: readonly Series[]): number => series.reduce((total, { value }) => total + value, 0);

const sumOrNull = (series: readonly Series[] | undefined): number | null => (series ? sum(series) : null);
