import * as pulumi from "@pulumi/pulumi";
import type { KubeObject } from "../manifests/kube-object.ts";
import { resourceType } from "../protocol/kubernetes/object-kind.ts";

/** The fields of Secrets that nobody may see. */
const SECRET_FIELDS = ["data", "stringData"];

/**
 * An object of any kind, written as it is: the SDK need not have a class for it. A Secret's values
 * are secrets of the stack.
 */
export class KubeResource extends pulumi.CustomResource {
  constructor(logicalName: string, object: KubeObject, opts: pulumi.CustomResourceOptions) {
    super(resourceType(object), logicalName, hidden(object), withHiddenOutputs(object, opts));
  }
}

/**
 * Where `kubectl apply` has written a Secret before, the live object has all its values a second
 * time, in an annotation.
 */
function withHiddenOutputs({ kind }: KubeObject, opts: pulumi.CustomResourceOptions) {
  if (kind !== "Secret") return opts;
  return pulumi.mergeOptions(opts, { additionalSecretOutputs: [...SECRET_FIELDS, "metadata"] });
}

function hidden(object: KubeObject): Record<string, unknown> {
  if (object.kind !== "Secret") return object;
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      SECRET_FIELDS.includes(key) ? pulumi.secret<unknown>(value) : value,
    ]),
  );
}
