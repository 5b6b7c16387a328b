// Checking and comparing the settings of the provider itself.
import { isDeepStrictEqual } from "node:util";
import type { Checked, CheckRequest, Difference, DiffRequest } from "../../protocol/provider.ts";
import { parseUrn } from "../../protocol/urn.ts";
import {
  encode,
  isProperties,
  reveal,
  revealProperties,
  UNKNOWN,
  type Properties,
} from "../../protocol/values.ts";
import { activeCluster, parseKubeconfig } from "./kubeconfig.ts";
import { text } from "../objects/objects.ts";

/**
 * Like the official provider it lets unknown settings pass, and in strict mode insists on a cluster
 * being named.
 */
export function checkConfig(request: CheckRequest, pulumiConfig: string | undefined): Checked {
  const news = revealProperties(request.news);
  const failures = isStrict(news, pulumiConfig) ? strictFailures(request.urn, news) : [];
  return { inputs: request.news, failures };
}

function isStrict(news: Properties, pulumiConfig: string | undefined): boolean {
  if (typeof news["strictMode"] === "string") return news["strictMode"] === "true";
  const config: unknown = pulumiConfig === undefined || pulumiConfig === "" ? {} : JSON.parse(pulumiConfig);
  return Object(config)["strictMode"] === "true";
}

function strictFailures(urn: string, news: Properties): Checked["failures"] {
  const missing = ["kubeconfig", "context"].filter((property) => text(news, property) === "");
  return [
    ...(parseUrn(urn).name.startsWith("default")
      ? [{ reason: "strict mode prohibits default provider" }]
      : []),
    ...missing.map((property) => ({
      property,
      reason: `strict mode requires Provider "${property}" argument`,
    })),
  ];
}

const LEADING = ["kubeconfig", "context", "cluster"];

/** Settings that lead to another cluster replace the provider, and with it all that it made. */
export function diffConfig(request: DiffRequest): Difference {
  const [olds, news] = [revealProperties(request.olds), revealProperties(request.news)];
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const diffs = keys.filter((key) => !isDeepStrictEqual(olds[key], news[key]));
  if (diffs.length === 0) return { changed: false, replaces: [], deleteBeforeReplace: false };
  const identified = news["clusterIdentifier"] !== undefined && !diffs.includes("clusterIdentifier");
  const unknown = LEADING.find((key) => news[key] === UNKNOWN);
  const replaces = identified ? [] : replacing(olds, news, diffs, unknown);
  return {
    changed: true,
    replaces,
    deleteBeforeReplace: false,
    diffs: unknown === undefined ? diffs : [unknown],
  };
}

function replacing(
  olds: Properties,
  news: Properties,
  diffs: string[],
  unknown: string | undefined,
): string[] {
  const renamed =
    diffs.includes("clusterIdentifier") && "clusterIdentifier" in olds && "clusterIdentifier" in news;
  const replaces = renamed ? ["clusterIdentifier"] : [];
  if (unknown !== undefined) return [...replaces, unknown];
  const [before, after] = [clusterOf(olds), clusterOf(news)];
  const moved = before !== undefined && after !== undefined && !isDeepStrictEqual(before, after);
  return moved ? [...replaces, ...LEADING.filter((key) => diffs.includes(key))] : replaces;
}

function clusterOf(settings: Properties): Properties | undefined {
  const kubeconfig = reveal(settings["kubeconfig"] ?? null);
  if (kubeconfig === null || kubeconfig === "") return undefined;
  const contents = isProperties(kubeconfig) ? JSON.stringify(encode(kubeconfig)) : String(kubeconfig);
  const [context, cluster] = [text(settings, "context"), text(settings, "cluster")];
  return activeCluster(parseKubeconfig(contents), {
    ...(context === "" ? {} : { context }),
    ...(cluster === "" ? {} : { cluster }),
  });
}
