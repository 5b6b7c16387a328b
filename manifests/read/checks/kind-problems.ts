import {
  apiVersionsOf,
  BUILT_IN_KINDS,
  builtInKind,
  groupOf,
  isKind,
  isOwnGroup,
} from "../../built-in-kinds.ts";
import type { KubeObject } from "../../kube-object.ts";
import type { FieldProblem } from "./check-fields.ts";
import { nearest } from "./nearest.ts";

/** What is wrong with an object's kind, or else with its name. */
export function kindProblems(object: KubeObject): FieldProblem[] {
  const { apiVersion, kind, metadata } = object;
  const problem = unservedProblem(apiVersion, kind) ?? nameProblem(object, metadata.name);
  return problem ? [problem] : [];
}

/** A kind that Kubernetes has under another apiVersion, or not at all. */
function unservedProblem(apiVersion: string, kind: string): FieldProblem | null {
  if (!isOwnGroup(groupOf(apiVersion)) || builtInKind({ apiVersion, kind })) return null;
  const served = BUILT_IN_KINDS.filter((one) => one.kind === kind).map((one) => one.apiVersion);
  if (served.length > 0)
    return {
      path: ["apiVersion"],
      text: `${apiVersion} has no such kind`,
      advice: `Write apiVersion: ${served.at(-1)}`,
    };
  // A version that is no longer, or not yet, everywhere: the API server knows.
  if (!apiVersionsOf(groupOf(apiVersion)).includes(apiVersion)) return null;
  const meant = nearest(
    kind,
    BUILT_IN_KINDS.map((one) => one.kind),
  );
  if (meant === undefined) return null;
  return {
    path: ["kind"],
    text: `${kind} is no kind of Kubernetes in ${apiVersion}`,
    advice: `Did you mean ${meant}?`,
  };
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function nameProblem(object: Pick<KubeObject, "apiVersion" | "kind">, name: string): FieldProblem | null {
  // Their names may hold nearly everything: `system:reader`.
  if (groupOf(object.apiVersion) === "rbac.authorization.k8s.io") return null;
  const isLabel = isKind(object, "Service") || isKind(object, "Namespace");
  const valid = isLabel
    ? LABEL.test(name) && name.length <= 63 && !(object.kind === "Service" && /^\d/.test(name))
    : name.split(".").every((part) => LABEL.test(part)) && name.length <= 253;
  if (valid) return null;
  const rule = isLabel
    ? `1 to 63 lower-case letters, digits and dashes${object.kind === "Service" ? ", beginning with a letter" : ""}`
    : "lower-case letters, digits, dashes and dots";
  return {
    path: ["metadata", "name"],
    text: `is no name that Kubernetes takes: ${rule}`,
    advice: /[{}$<>%]/.test(name)
      ? "It looks like a placeholder that was not filled in: render the files first"
      : "Give it another name",
  };
}
