import { isJsonObject, type JsonObject } from "../../release/release.ts";

/** What only the API server writes into metadata. */
const METADATA = new Set([
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
]);

/** What kubectl and controllers remember in annotations; the first repeats the whole object. */
const ANNOTATIONS = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "deployment.kubernetes.io/revision",
]);

const without = (value: JsonObject, names: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !names.has(key)));

/**
 * An object as somebody would write it, where `kubectl get -o yaml` has printed it: without its
 * state and the API server's own marks.
 */
export function withoutServerFields(object: JsonObject): JsonObject {
  const { status: _, ...written } = object;
  const { metadata } = written;
  if (!isJsonObject(metadata)) return written;
  const { annotations } = metadata;
  return {
    ...written,
    metadata: without(
      isJsonObject(annotations) ? { ...metadata, annotations: without(annotations, ANNOTATIONS) } : metadata,
      METADATA,
    ),
  };
}
