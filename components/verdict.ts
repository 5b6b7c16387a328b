import { z } from "zod";
import type { Config } from "../protocol/config/config-schema.ts";
import { errorWords } from "../protocol/kubernetes/send-request.ts";
import { verdictIn, verdictObject, type FoundVerdict } from "../release/verdict.ts";
import { readCluster } from "./read-cluster.ts";

const LONGEST_READ_MILLISECONDS = 10_000;

const configMap = z.object({ data: z.record(z.string(), z.string()).default({}) });

/** Reads the verdict as it is in the cluster, in preview and update alike. */
export async function readVerdict(
  config: Pick<Config, "cluster" | "namespace" | "app">,
): Promise<FoundVerdict> {
  const { namespace } = config;
  const app = config.app.name;
  const path = `/api/v1/namespaces/${namespace}/configmaps/${verdictObject(app)}`;
  try {
    const found = await readCluster(config.cluster, LONGEST_READ_MILLISECONDS, (api) =>
      api.get(configMap, path),
    );
    return verdictIn(found?.data, { namespace, app });
  } catch (error) {
    return { unreadable: errorWords(error) };
  }
}
