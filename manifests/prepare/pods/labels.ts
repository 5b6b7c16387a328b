import { isJsonObject } from "../../../release/release.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import type { PodTemplate } from "./containers.ts";
import { prepared, type Prepared, type Told } from "../told.ts";

/** Labels that begin so are ours: by another one a pod would be found by others than its own. */
const OURS = "zero-downtime/";

const PATH = ["spec", "template", "metadata", "labels"];

/** Gives the pods the label of the application; the user's own stay, as policies select by them. */
export function withLabels(
  template: PodTemplate,
  web: ManifestObject,
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
      refusals: Object.keys(labels)
        .filter((key) => key.startsWith(OURS))
        .map((key) => taken(web, key)),
    },
  );
}

const taken = ({ object, sourceOf }: ManifestObject, key: string): Finding => ({
  source: sourceOf([...PATH, key]),
  text: `${titleOf(object)} gives its pods the label ${key}: ${JSON.stringify(valueAt(object, [...PATH, key]))}, and labels that begin with ${OURS} are set by the release`,
  advice: "Take it out",
});

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
