import { GATEWAY_GROUP, MOST_OWN_WEIGHT } from "../../protocol/traffic/route-shape.ts";
import { isJsonObject, type Json } from "../../release/release.ts";
import { valueAt, type Finding, type KubeObject, type ManifestObject } from "../kube-object.ts";
import { groupOf } from "../built-in-kinds.ts";
import type { Path } from "../pod-references.ts";
import { told } from "./told.ts";

/** A Service that a rule of a route names. */
interface Backend {
  readonly name: string;
  readonly port: Json | undefined;
  readonly weight: number;
  readonly path: Path;
}

const items = (list: Json | undefined): readonly Json[] =>
  Array.isArray(list) ? (list as readonly Json[]) : [];

/** The Services of the route's own namespace that its rules lead to. */
export const backendsOf = (route: KubeObject): Backend[] =>
  items(valueAt(route, ["spec", "rules"])).flatMap((rule, ruleIndex) =>
    items(valueAt(rule, ["backendRefs"])).flatMap((backend, index) => {
      if (!isJsonObject(backend)) return [];
      const { group, kind, name, namespace, port, weight } = backend;
      const isService = (group ?? "") === "" && (kind ?? "Service") === "Service";
      const isElsewhere = namespace !== undefined && namespace !== route.metadata.namespace;
      if (!isService || isElsewhere || typeof name !== "string") return [];
      return [
        {
          name,
          port,
          weight: typeof weight === "number" ? weight : 1,
          path: ["spec", "rules", ruleIndex, "backendRefs", index],
        },
      ];
    }),
  );

/** The HTTPRoutes that lead to one of these Services. */
export const routesOf = (
  objects: readonly ManifestObject[],
  services: readonly ManifestObject[],
): readonly ManifestObject[] => {
  const names = new Set(services.map(({ object }) => object.metadata.name));
  return objects.filter(
    ({ object }) =>
      object.kind === "HTTPRoute" &&
      groupOf(object.apiVersion) === GATEWAY_GROUP &&
      backendsOf(object).some(({ name }) => names.has(name)),
  );
};

/** What keeps a route from leading to two colours. */
export function routeRefusals(
  routes: readonly ManifestObject[],
  services: readonly ManifestObject[],
): Finding[] {
  return routes.flatMap((route) =>
    backendsOf(route.object)
      .flatMap(({ name, port, path }) => {
        const service = services.find(({ object }) => object.metadata.name === name);
        if (!service) return [];
        const ports = items(valueAt(service.object, ["spec", "ports"])).map((one) => valueAt(one, ["port"]));
        if (port === undefined)
          return [
            told(route, path, `leads to Service/${name} without a port`, `Write port: ${String(ports[0])}`),
          ];
        if (!ports.includes(port))
          return [
            told(
              route,
              [...path, "port"],
              `leads to port ${String(port)} of Service/${name}, which has ${ports.join(", ")}`,
              "Write a port of the Service",
            ),
          ];
        return [];
      })
      .concat(tooHeavy(route, services)),
  );
}

/** Weights beside two colours are multiplied, so that a colour can have whole percents. */
function tooHeavy(route: ManifestObject, services: readonly ManifestObject[]): Finding[] {
  const backends = backendsOf(route.object);
  const isFollowed = ({ name }: Backend) => services.some(({ object }) => object.metadata.name === name);
  const rules = new Set(backends.filter(isFollowed).map(({ path }) => path[2]));
  return backends
    .filter(({ path, weight }) => rules.has(path[2]) && weight > MOST_OWN_WEIGHT)
    .map(({ path, weight }) =>
      told(
        route,
        [...path, "weight"],
        `has a weight of ${weight}, and at most ${MOST_OWN_WEIGHT} are possible beside two colours`,
        "Write smaller ones in the same proportion",
      ),
    );
}
