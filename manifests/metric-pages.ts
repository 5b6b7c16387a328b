import type { Config } from "../protocol/config/config-schema.ts";
import type { DeepReadonly } from "../protocol/deep-readonly.ts";
import type { MetricPages } from "../protocol/jobs/metric-names.ts";
import { APP_CONTAINER } from "../release/workload.ts";
import type { WebPods } from "./version-objects.ts";

type Metrics = DeepReadonly<Config["canary"]["metrics"]>;

/** Where most applications show their metrics. */
const USUAL_PATH = "/metrics";

/**
 * Where the pods of a version show their metrics: as config says, or as the pods themselves do, or
 * else at the usual place.
 */
export const pagesOf = (
  { path, port }: Pick<Metrics, "path" | "port">,
  web: Pick<WebPods, "metrics" | "port" | "container">,
): Pick<MetricPages, "path" | "port" | "container"> => ({
  path: path ?? web.metrics?.path ?? USUAL_PATH,
  port: port ?? web.metrics?.port ?? web.port,
  ...(web.container === APP_CONTAINER ? {} : { container: web.container }),
});
