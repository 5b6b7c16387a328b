import { configKey } from "../../../protocol/names.ts";
import { isJsonObject, type JsonObject } from "../../../release/release.ts";
import { titleOf, valueAt, type ManifestObject } from "../../kube-object.ts";
import type { WebPods } from "../../version-objects.ts";
import type { PodTemplate } from "./containers.ts";
import { portNamed } from "./ports.ts";
import { prepared, type Prepared } from "../told.ts";

/** Names of a container's port that stand for metrics. */
const PORT_NAMES = ["metrics", "http-metrics"];

const DEFAULT_PATH = "/metrics";

/**
 * Where the pods show their metrics: by the annotations `prometheus.io/…` of the pods, else of
 * their Services, else by a port named for it. Null where none of these says so.
 *
 * @param port of the pods, where an annotation names none
 */
export function metricsOf(
  template: PodTemplate,
  web: ManifestObject,
  services: readonly ManifestObject[],
  port: number,
): Prepared<WebPods["metrics"]> {
  const places = [
    { of: web, path: ["spec", "template", "metadata", "annotations"] },
    ...services.map((of) => ({ of, path: ["metadata", "annotations"] })),
  ];
  const stated = places.find(({ of, path }) => annotation(valueAt(of.object, path), "scrape") === "true");
  if (!stated) return prepared(byPortName(template));
  const annotations = valueAt(stated.of.object, stated.path) as JsonObject;
  const scheme = annotation(annotations, "scheme") ?? "http";
  const text = annotation(annotations, "port");
  const number = text === undefined ? port : /^\d+$/.test(text) ? Number(text) : portNamed(template, text);
  if (number !== null && scheme === "http")
    return prepared({ port: number, path: annotation(annotations, "path") ?? DEFAULT_PATH });
  const key = `prometheus.io/${number === null ? "port" : "scheme"}`;
  return prepared(byPortName(template), {
    notes: [
      {
        source: stated.of.sourceOf([...stated.path, key]),
        text: `${titleOf(stated.of.object)} says ${key} ${JSON.stringify(number === null ? text : scheme)}, by which no metrics can be read`,
        advice: `Where a canary is judged by metrics, set ${configKey("canary.metrics")}`,
      },
    ],
  });
}

const annotation = (annotations: unknown, name: string): string | undefined => {
  const value = isJsonObject(annotations as JsonObject)
    ? (annotations as JsonObject)[`prometheus.io/${name}`]
    : undefined;
  return typeof value === "string" ? value : undefined;
};

function byPortName(template: PodTemplate): WebPods["metrics"] {
  const port = PORT_NAMES.map((name) => portNamed(template, name)).find((number) => number !== null);
  return port === undefined || port === null ? null : { port, path: DEFAULT_PATH };
}
