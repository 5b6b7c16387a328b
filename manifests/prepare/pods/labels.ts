import { isJsonObject } from "../../../release/release.ts";
import { titleOf, type Finding, type ManifestObject } from "../../kube-object.ts";
import type { PodTemplate } from "./containers.ts";
import { prepared, type Prepared, type Told } from "../told.ts";

/** Gives the pods the label of the application; the user's own stay, as policies select by them. */
export function withLabels(
  template: PodTemplate,
  selector: Readonly<Record<string, string>>,
): Prepared<PodTemplate> {
  const { metadata } = template;
  const labels = isJsonObject(metadata["labels"]) ? metadata["labels"] : {};
  const what = Object.entries(selector).map(([key, value]) => `label ${key}: ${value}`);
  return prepared(
    { ...template, metadata: { ...metadata, labels: { ...labels, ...selector } } },
    {
      added: [
        {
          what: what.join(", "),
          why: "by it and that of a colour a Deployment finds its own pods; the labels that are written stay",
        },
      ],
    },
  );
}

/** Annotations in which tools remember which objects are theirs; nobody misses them. */
const OF_TOOLS = /^([\w.-]+\.)?(helm\.sh|argoproj\.io|fluxcd\.io|kubernetes\.io|k8s\.io|pulumi\.com)\//;

/**
 * Tells of annotations of the Deployment itself. Its labels and annotations are for tools that find
 * by them what they may change or prune, so the Deployments of the colours have none.
 */
export function annotationNotes({ object, sourceOf }: ManifestObject): Told {
  const missed = Object.keys(object.metadata.annotations ?? {}).filter((key) => !OF_TOOLS.test(key));
  const note: Finding = {
    source: sourceOf(["metadata", "annotations"]),
    text: `${titleOf(object)} has annotations that the Deployments of the colours do not get: ${missed.join(", ")}`,
    advice: "What the pods need belongs in spec.template.metadata.annotations",
  };
  return prepared(null, { notes: missed.length > 0 ? [note] : [] });
}
