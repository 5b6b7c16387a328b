import { isJsonObject, type Json } from "../../../release/release.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import { containersOf, objectsIn, type Container } from "../../prepare/pods/containers.ts";
import { backendsOf } from "../routes.ts";
import { told } from "../told.ts";
import { servingContainer, templateOf } from "./serving.ts";

const KINDS = ["httpGet", "tcpSocket", "exec", "grpc"];

const isProbed = ({ object }: Container): boolean => {
  const probe = object["readinessProbe"];
  return isJsonObject(probe) && KINDS.some((kind) => probe[kind] !== undefined);
};

/**
 * Refuses pods of which Kubernetes cannot tell when they can serve: it would send them requests
 * from their first moment on. Asked are the containers behind the ports that users reach.
 */
export function readinessRefusals(
  web: ManifestObject,
  services: readonly ManifestObject[],
  routes: readonly ManifestObject[],
): Finding[] {
  const template = templateOf(web);
  const containers = containersOf(template);
  const reached = services.flatMap((service, index) =>
    objectsIn(valueAt(service.object, ["spec", "ports"]))
      .filter((port, position) => (index === 0 && position === 0) || isRouted(service, port["port"], routes))
      .map((port) => ({ service, port: port["port"], container: servingContainer(template, port) })),
  );
  const unready = new Map<string, Finding>();
  for (const { service, port, container } of reached) {
    if (container ? isProbed(container) : containers.some(isProbed)) continue;
    const path = container?.path ?? ["spec", "template", "spec", "containers"];
    const who = container ? container.title : "any container";
    const finding = told(
      web,
      path,
      `has no readinessProbe in ${who}, which serves port ${String(port)} of ${titleOf(service.object)}: Kubernetes would send requests to pods that cannot answer yet`,
      `Write one, as in \`readinessProbe: { httpGet: { path: /healthz, port: ${portOf(container)} } }\``,
    );
    if (!unready.has(who)) unready.set(who, finding);
  }
  return [...unready.values()];
}

const isRouted = (
  { object }: ManifestObject,
  port: Json | undefined,
  routes: readonly ManifestObject[],
): boolean =>
  routes.some((route) =>
    backendsOf(route.object).some(
      (backend) => backend.name === object.metadata.name && backend.port === port,
    ),
  );

/** A port to write, as the container has it. */
const portOf = (container: Container | undefined): string => {
  const [port] = objectsIn(container?.object["ports"]);
  return String(port?.["name"] ?? port?.["containerPort"] ?? 8080);
};
