import type { Entrances, Followed } from "../../protocol/traffic/entrance.ts";
import { withoutOwnNamespace } from "../../protocol/traffic/route-shape.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../kube-object.ts";
import { objectsIn, type PodTemplate } from "./pods/containers.ts";
import { targetOf } from "./pods/ports.ts";
import { prepared, type Prepared } from "./told.ts";

const PORT_FIELDS = ["name", "port", "targetPort", "protocol", "appProtocol"];

/** How users reach the pods: routes first, which are written first, then the Services. */
export function entrancesOf(
  routes: readonly ManifestObject[],
  services: readonly ManifestObject[],
  namespace: string,
): Prepared<Entrances> {
  return prepared({
    objects: [
      ...routes.map(entrance("HTTPRoute")).map((route) => ({
        ...route,
        spec: withoutOwnNamespace(route.spec, namespace) as typeof route.spec,
      })),
      ...services.map(entrance("Service")),
    ],
    services: services.map(followed),
  });
}

const entrance =
  (kind: Entrances["objects"][number]["kind"]) =>
  ({ object }: ManifestObject): Entrances["objects"][number] => ({
    kind,
    name: object.metadata.name,
    labels: { ...object.metadata.labels },
    annotations: { ...object.metadata.annotations },
    spec: (object["spec"] ?? {}) as Entrances["objects"][number]["spec"],
  });

function followed({ object }: ManifestObject): Followed {
  const { name } = object.metadata;
  const spec = object["spec"];
  const ports = objectsIn(valueAt(spec, ["ports"])).map(
    (port) =>
      Object.fromEntries(
        PORT_FIELDS.flatMap((key) => (port[key] === undefined ? [] : [[key, port[key]]])),
      ) as Followed["ports"][number],
  );
  const selector = valueAt(spec, ["selector"]) as Followed["selector"];
  return { name, ports, selector, isPublic: true };
}

/** The pods' port behind the first port of the first Service, where requests of checks go. */
export function webPort(template: PodTemplate, services: readonly ManifestObject[]): Prepared<number> {
  const [service] = services;
  const [port] = objectsIn(valueAt(service?.object, ["spec", "ports"]));
  const number = port ? targetOf(template, port) : null;
  if (service && port && number === null) return prepared(0, { refusals: [leadsNowhere(service)] });
  if (number === null)
    throw new RangeError("Cannot tell the port of the pods as no Service with a port leads to them");
  return prepared(number);
}

const leadsNowhere = ({ object, sourceOf }: ManifestObject): Finding => {
  const path = ["spec", "ports", 0, "targetPort"];
  return {
    source: sourceOf(path),
    text: `${titleOf(object)} targets port ${JSON.stringify(valueAt(object, path))}, and no container of the pods has a port of that name`,
    advice: "Name a port of the container so, or write its number",
  };
};
