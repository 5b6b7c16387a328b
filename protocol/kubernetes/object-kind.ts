/** What identifies a kind of object to the API server. */
export interface ObjectKind {
  readonly kind: string;
  /** API group; empty for the core's. */
  readonly group: string;
  readonly version: string;
  /** Name of the kind in paths and in rights. */
  readonly resource: string;
}

/** Where an object is found. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** The `apiVersion` that an object of this kind states. */
export const apiVersionOf = ({ group, version }: ObjectKind): string =>
  group === "" ? version : `${group}/${version}`;

/** Path of an object at the API server, as in `kubectl get --raw`. */
export const pathOf = (kind: ObjectKind, { namespace, name }: ObjectName): string =>
  `/${kind.group === "" ? "api" : "apis"}/${apiVersionOf(kind)}/namespaces/${namespace}/${kind.resource}/${name}`;

/** Address of a Service's port, as pods of the cluster reach it. */
export const serviceUrl = ({ namespace, name }: ObjectName, port = 80): string =>
  `http://${name}.${namespace}.svc${port === 80 ? "" : `:${port}`}`;

/**
 * Pulumi's type of a resource of this kind, as it stands in the state and in the engine's events.
 */
export const resourceTypeOf = (kind: ObjectKind): string =>
  resourceType({ apiVersion: apiVersionOf(kind), kind: kind.kind });

/** The same, for an object as its YAML has it. */
export const resourceType = ({ apiVersion, kind }: { apiVersion: string; kind: string }): string =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;

/** An object with some fields of its spec, for a server-side apply. */
export const objectWith = (kind: ObjectKind, { namespace, name }: ObjectName, spec: object) => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, namespace },
  spec,
});
