import type { Config } from "../../protocol/config/config-schema.ts";
import type { DeepReadonly } from "../../protocol/deep-readonly.ts";
import { appLabel } from "../../protocol/labels.ts";
import type { Entrance, Entrances } from "../../protocol/traffic/entrance.ts";
import { routeSpec } from "../../protocol/traffic/gateway-api.ts";
import { routeRules } from "../../protocol/traffic/route-rules.ts";
import { serviceSpec } from "../../protocol/traffic/service.ts";
import { asJson } from "../../release/release.ts";

/**
 * How users reach an application that config describes: by the Service of its name on port 80, or
 * by the HTTPRoute of its name, which leads to that Service alone.
 */
export function simpleEntrances(app: string, traffic: DeepReadonly<Config["traffic"]>): Entrances {
  const selector = appLabel(app, "simple");
  const { ports } = serviceSpec(selector);
  const object = { name: app, labels: {}, annotations: {} };
  const service = { name: app, ports, selector };
  if (traffic.mode === "service")
    return {
      objects: [{ kind: "Service", ...object, spec: plain(serviceSpec(selector, traffic)) }],
      services: [{ ...service, isPublic: true }],
    };
  const everything = {
    backends: [{ service: app, weight: 1 }],
    candidate: null,
    testers: null,
    cookie: null,
  };
  return {
    objects: [{ kind: "HTTPRoute", ...object, spec: plain(routeSpec(traffic, routeRules(everything))) }],
    services: [{ ...service, isPublic: false }],
  };
}

const plain = (spec: object) => asJson(spec) as Entrance["spec"];
