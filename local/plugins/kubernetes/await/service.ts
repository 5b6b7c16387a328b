import type { ObjectEvent } from "../cluster/informers.ts";
import { at, maps, nameOf, text } from "../objects/objects.ts";
import { isProperties } from "../../protocol/values.ts";
import { type Awaiter, type AwaitContext, type Collection, type Verdict, WAITING } from "./awaiter.ts";

const SETTLE_MILLISECONDS = 10_000;

/**
 * Waits until the endpoints have not changed for ten seconds and none is unready. No
 * endpoint at all is as good: a selector that matches nothing is a success here, as it is
 * for the official provider.
 */
export function awaitService(context: AwaitContext): Awaiter {
  const type = text(context.object, "spec", "type") || "ClusterIP";
  const name = nameOf(context.object);
  let service = context.object;
  let exists = false;
  let settled = false;
  let ready = false;
  let pending = false;

  const hasAddress = (): boolean =>
    type !== "LoadBalancer" || maps(service, "status", "loadBalancer", "ingress").length > 0;
  const isHeadless = (): boolean => text(service, "spec", "clusterIP") === "None";
  const hasSelector = (): boolean => {
    const selector = at(service, "spec", "selector");
    return isProperties(selector) && Object.keys(selector).length > 0;
  };
  const waitsForPods = (): boolean => type !== "ExternalName" && !isHeadless() && hasSelector();

  context.log("info", "[1/3] Finding Pods to direct traffic to");
  return {
    collections: ["services", "endpoints"],
    see(collection: Collection, event: ObjectEvent) {
      if (nameOf(event.object) !== name) return;
      const gone = event.type === "DELETED";
      if (collection === "services") {
        exists = !gone;
        if (!gone) service = event.object;
        return;
      }
      // Any timer that runs out settles it, also one of an earlier change: so does the
      // official provider's.
      settled = false;
      context.after(SETTLE_MILLISECONDS, () => {
        settled = true;
      });
      const subsets = gone ? [] : maps(event.object, "subsets");
      ready = subsets.some((subset) => maps(subset, "addresses").length > 0);
      pending = subsets.some((subset) => maps(subset, "notReadyAddresses").length > 0);
    },
    verdict(): Verdict {
      const available = exists && hasAddress();
      if (available && (!waitsForPods() || (settled && !pending))) {
        context.log("info", "✅ Service initialization complete");
        return { state: "ready", object: service };
      }
      if (settled && ready) context.log("info", "[2/3] Attempting to allocate IP address to Service");
      return WAITING;
    },
    problems() {
      if (isHeadless() || type === "ExternalName") return [];
      const problems: string[] = [];
      if (!ready) {
        problems.push(
          "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match " +
            "labels on any Pods",
        );
      }
      if (!(exists && hasAddress()) && type === "LoadBalancer") {
        problems.push("Service was not allocated an IP address; does your cloud provider support this?");
      }
      return problems;
    },
    current: () => service,
  };
}
