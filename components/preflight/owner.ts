import { z } from "zod";

/** The part of an object's metadata that says who has it. */
export const ownedMetadata = z.object({
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  managedFields: z
    .array(
      z.object({
        manager: z.string().default(""),
        subresource: z.string().default(""),
      }),
    )
    .default([]),
  ownerReferences: z
    .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) }))
    .default([]),
  deletionTimestamp: z.string().optional(),
});
export type OwnedMetadata = z.infer<typeof ownedMetadata>;

/** Who has an object, in words, and what must be done there before it can go. */
export interface Owner {
  readonly who: string;
  /** Empty where it is enough to delete the object. */
  readonly first: string;
}

/** Who has an object: what the tools leave in its metadata, the plainest first. */
export function ownerOf(metadata: OwnedMetadata): Owner {
  for (const look of LOOKS) {
    const found = look(metadata);
    if (found) return found;
  }
  return { who: "somebody else", first: "" };
}

type Look = (metadata: OwnedMetadata) => Owner | undefined;

const byController: Look = ({ ownerReferences }) => {
  const owner = ownerReferences.find(({ controller }) => controller);
  return owner && { who: `${owner.kind}/${owner.name}, which makes it again`, first: "look after its owner" };
};

const byHelm: Look = ({ annotations, labels }) => {
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined)
    return { who: `Helm (release ${release})`, first: "take it out of the chart, or uninstall that release" };
  return labels["app.kubernetes.io/managed-by"] === "Helm"
    ? { who: "Helm", first: "take it out of the chart" }
    : undefined;
};

const byArgo: Look = ({ annotations, labels, managedFields }) => {
  const [application] = (annotations["argocd.argoproj.io/tracking-id"] ?? "").split(":");
  const instance = application === "" ? labels["argocd.argoproj.io/instance"] : application;
  const isWritten = managedFields.some(({ manager }) => manager.startsWith("argocd-"));
  if (instance === undefined && !isWritten) return undefined;
  const name = instance ?? labels["app.kubernetes.io/instance"];
  return {
    who: name === undefined ? "Argo CD" : `Argo CD (Application ${name})`,
    first: "take it out of the Application, which makes it again otherwise",
  };
};

const byFlux: Look = ({ labels }) => {
  const kinds = { Kustomization: "kustomize", HelmRelease: "helm" };
  for (const [kind, prefix] of Object.entries(kinds)) {
    const name = labels[`${prefix}.toolkit.fluxcd.io/name`];
    if (name !== undefined)
      return {
        who: `Flux (${kind} ${name})`,
        first: `take it out of that ${kind}, which makes it again otherwise`,
      };
  }
  return undefined;
};

const byManager: Look = ({ managedFields, annotations }) => {
  const names = managedFields
    .filter(({ manager, subresource }) => subresource === "" && !SILENT_MANAGERS.includes(manager))
    .map(({ manager }) => managerWords(manager));
  if (names.length > 0) return { who: [...new Set(names)].join(" and "), first: "" };
  const isApplied = "kubectl.kubernetes.io/last-applied-configuration" in annotations;
  return isApplied ? { who: "kubectl apply", first: "" } : undefined;
};

const LOOKS: readonly Look[] = [byController, byHelm, byArgo, byFlux, byManager];

/** They say nothing of who has an object. */
const SILENT_MANAGERS: readonly string[] = ["", "unknown", "before-first-apply", "kube-controller-manager"];

/** Field managers as their tools name them, in words that people know. */
function managerWords(manager: string): string {
  if (manager === "kubectl-client-side-apply") return "kubectl apply";
  if (manager === "kubectl") return "kubectl apply --server-side";
  const [, verb] = /^kubectl-(.+)$/.exec(manager) ?? [];
  if (verb !== undefined) return `kubectl ${verb}`;
  if (manager === "helm") return "Helm";
  if (manager.startsWith("pulumi-kubernetes")) return "another Pulumi program";
  if (/terraform/i.test(manager)) return "Terraform";
  if (manager === "Mozilla") return "somebody with a browser";
  return `the field manager ${manager}`;
}
