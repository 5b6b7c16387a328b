import type { Json } from "../release/release.ts";
import { valueAt } from "./kube-object.ts";
import type { WebPods } from "./version-objects.ts";

/**
 * The path of the application's own readiness probe; null where it is no HTTP probe of the port
 * that users reach.
 */
export function readinessPath({
  template,
  container,
  port,
}: Pick<WebPods, "template" | "container" | "port">): string | null {
  const containers = valueAt(template, ["spec", "containers"]) as readonly Json[];
  const own = containers.find((each) => valueAt(each, ["name"]) === container);
  const asked = valueAt(own, ["readinessProbe", "httpGet"]);
  const path = valueAt(asked, ["path"]) ?? "/";
  const named = valueAt(asked, ["port"]);
  const ports = (valueAt(own, ["ports"]) ?? []) as readonly Json[];
  const number = ports.find((each) => valueAt(each, ["name"]) === named);
  const probed = number === undefined ? named : valueAt(number, ["containerPort"]);
  return asked !== undefined && probed === port && typeof path === "string" ? path : null;
}
