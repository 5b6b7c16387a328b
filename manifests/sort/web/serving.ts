import { configKey } from "../../../protocol/names.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../release/release.ts";
import { titleOf, valueAt, type ManifestObject } from "../../kube-object.ts";
import { containersOf, objectsIn, type Container, type PodTemplate } from "../../prepare/pods/containers.ts";
import { inWords, sorted, told, type Sorted } from "../told.ts";

const CONTAINERS = ["spec", "template", "spec", "containers"];

/** The pod template of a Deployment; empty parts where the files have none. */
export function templateOf({ object }: ManifestObject): PodTemplate {
  const template = valueAt(object, ["spec", "template"]);
  const [metadata, spec] = ["metadata", "spec"].map((key) => valueAt(template, [key]));
  return {
    ...(isJsonObject(template) ? template : {}),
    metadata: isJsonObject(metadata) ? metadata : {},
    spec: isJsonObject(spec) ? spec : {},
  };
}

const PROBES = ["readinessProbe", "startupProbe", "livenessProbe"];

/** The ports that Kubernetes asks whether a container is well. */
const probedPorts = ({ object }: Container): Json[] =>
  PROBES.flatMap((probe) =>
    ["httpGet", "tcpSocket", "grpc"].map((kind) => valueAt(object, [probe, kind, "port"])),
  ).filter((port) => port !== undefined);

/**
 * The container that listens behind a port of a Service: the one that names the port or is probed
 * there, or the only one there is. Undefined where that cannot be told.
 */
export function servingContainer(template: PodTemplate, port: JsonObject): Container | undefined {
  const running = containersOf(template).filter(({ isInit, isNativeSidecar }) => !isInit || isNativeSidecar);
  const target = port["targetPort"] ?? port["port"];
  const named = running.find(({ object }) =>
    objectsIn(object["ports"]).some(({ name, containerPort }) =>
      [name, containerPort].includes(target ?? null),
    ),
  );
  if (named || typeof target === "string") return named;
  const probed = running.filter((container) => probedPorts(container).includes(target ?? null));
  if (probed.length === 1) return probed[0];
  const [only, ...others] = running.filter(({ isInit }) => !isInit);
  return others.length === 0 ? only : undefined;
}

/** The container that gets the image of a slot; null where files and config do not tell it. */
export function containerOf(
  web: ManifestObject,
  service: ManifestObject | undefined,
  wanted: string | undefined,
): Sorted<string | null> {
  const template = templateOf(web);
  const names = containersOf(template)
    .filter(({ isInit }) => !isInit)
    .map(({ name }) => name);
  const refused = (text: string, advice: string) =>
    sorted(null, { refusals: [told(web, CONTAINERS, text, advice)] });
  const key = configKey("app.container");
  if (wanted !== undefined)
    return names.includes(wanted)
      ? sorted(wanted)
      : refused(
          `has no container ${wanted}, as ${key} says; it has ${inWords(names)}`,
          `Set ${key} to the one that gets the version's image`,
        );
  if (names.length === 1 && names[0] !== undefined) return sorted(names[0]);
  const [port] = objectsIn(valueAt(service?.object, ["spec", "ports"]));
  const serving = port && servingContainer(template, port);
  if (serving && !serving.isInit) return sorted(serving.name);
  return refused(
    `has the containers ${inWords(names)}, and ${service && port ? `${titleOf(service.object)} does not tell` : "no Service tells"} which of them is the application's`,
    `Set ${key} to the one that gets the version's image`,
  );
}
