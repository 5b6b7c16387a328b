import type { Application } from "../../manifests/application.ts";
import { valueAt, type KubeObject, type ManifestObject } from "../../manifests/kube-object.ts";
import { selects } from "../../manifests/pod-references.ts";
import type { Json } from "../../release/release.ts";

/** What the files say already, so that nobody is asked. */
export interface FoundInFiles {
  /** The image that the Deployment names; null where it names none. */
  readonly image: string | null;
  /** Null where neither a label nor the image's tag tells it. */
  readonly version: string | null;
  /** The Gateway that the first route names; null where the way in is a Service. */
  readonly gateway: FoundGateway | null;
}

/** A Gateway, and the hosts for which a route asks it. */
export interface FoundGateway {
  readonly name: string;
  readonly namespace: string;
  readonly listener?: string;
  readonly hostnames: readonly string[];
}

/**
 * The Deployments that users may reach: those that a Service finds, or all where no Service finds
 * any. Where more than one is left, a person has to choose.
 */
export function webDeployments(objects: readonly ManifestObject[]): string[] {
  const ofKind = (kind: string) => objects.flatMap(({ object }) => (object.kind === kind ? [object] : []));
  const selectors = ofKind("Service").map((service) => valueAt(service, ["spec", "selector"]));
  const deployments = ofKind("Deployment");
  const found = deployments.filter((deployment) => {
    const labels = valueAt(deployment, ["spec", "template", "metadata", "labels"]);
    return selectors.some((selector) => selects(selector, labels));
  });
  return (found.length > 0 ? found : deployments).map(({ metadata }) => metadata.name);
}

/** The namespace that the files name; null where they name none, or several. */
export function namespaceIn(objects: readonly ManifestObject[]): string | null {
  const named = new Set(objects.flatMap(({ object }) => object.metadata.namespace ?? []));
  const [only] = named;
  return named.size === 1 && only !== undefined ? only : null;
}

/** What an application's files say of what `zd init` asks for. */
export function foundInFiles(
  { web, container, routes: [route] }: Application,
  namespace: string,
): FoundInFiles {
  const containers = (valueAt(web.object, ["spec", "template", "spec", "containers"]) ?? []) as Json[];
  const own = containers.find((one) => valueAt(one, ["name"]) === container);
  const image = textAt(own, ["image"]);
  return {
    image,
    version: versionIn(web.object, image),
    gateway: route ? gatewayOf(route.object, namespace) : null,
  };
}

const textAt = (value: Json | undefined, path: readonly (string | number)[]): string | null => {
  const found = valueAt(value, path);
  return typeof found === "string" && found !== "" ? found : null;
};

/** Versions as config takes them. */
const VERSION = /^[\w][\w.+-]{0,62}$/;

/** By the label that charts set, else by the image's tag, unless that says nothing. */
function versionIn(deployment: KubeObject, image: string | null): string | null {
  const label = ["metadata", "labels", "app.kubernetes.io/version"];
  const tag = image === null ? null : (/:([^/@]+)(?:@.*)?$/.exec(image)?.[1] ?? null);
  const candidates = [
    textAt(deployment, ["spec", "template", ...label]),
    textAt(deployment, label),
    tag === "latest" ? null : tag,
  ];
  return candidates.find((one) => one !== null && VERSION.test(one)) ?? null;
}

function gatewayOf(route: KubeObject, namespace: string): FoundGateway | null {
  const parent = valueAt(route, ["spec", "parentRefs", 0]);
  const name = textAt(parent, ["name"]);
  const listener = textAt(parent, ["sectionName"]);
  if (name === null) return null;
  return {
    name,
    namespace: textAt(parent, ["namespace"]) ?? route.metadata.namespace ?? namespace,
    ...(listener === null ? {} : { listener }),
    hostnames: (valueAt(route, ["spec", "hostnames"]) ?? []) as readonly string[],
  };
}
