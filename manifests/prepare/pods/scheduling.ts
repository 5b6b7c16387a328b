import type { JsonObject } from "../../../release/release.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import { selects, type Path } from "../../pod-references.ts";
import { objectsIn, type PodTemplate } from "./containers.ts";
import { prepared, type Prepared, type Told } from "../told.ts";

/**
 * Spreads a workload's pods over the nodes where the files say nothing about it. The constraint is
 * about the pods of any workload; it is narrowed when it is written.
 */
export function withSpread(
  template: PodTemplate,
  selector: Readonly<Record<string, string>>,
): Prepared<PodTemplate> {
  if (objectsIn(template.spec["topologySpreadConstraints"]).length > 0) return prepared(template);
  const constraint: JsonObject = {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
  };
  return prepared(
    { ...template, spec: { ...template.spec, topologySpreadConstraints: [constraint] } },
    {
      added: [
        {
          what: "topology spread over nodes, where they have room",
          why: "a node that fails takes as few pods of a version along as possible",
        },
      ],
    },
  );
}

/** What keeps pods of both versions from running on the same nodes. */
export function schedulingNotes(web: ManifestObject): Told {
  const spec = ["spec", "template", "spec"];
  const labels = valueAt(web.object, ["spec", "template", "metadata", "labels"]);
  const rules = [...spec, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
  const apart = objectsIn(valueAt(web.object, rules)).findIndex((rule) =>
    selects(valueAt(rule, ["labelSelector", "matchLabels"]), labels),
  );
  const note = (path: Path, text: string): Finding => ({
    source: web.sourceOf(path),
    text: `${titleOf(web.object)} ${text}, of either version`,
    advice: "While both run it needs as many nodes again",
  });
  const notes = [
    ...(apart < 0
      ? []
      : [note([...rules, apart], "keeps its pods apart by podAntiAffinity: a node takes one of them")]),
    ...(valueAt(web.object, [...spec, "hostNetwork"]) === true
      ? [note([...spec, "hostNetwork"], "uses the network of its nodes: a node takes one pod")]
      : []),
  ];
  return prepared(null, { notes });
}
