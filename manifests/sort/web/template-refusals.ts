import { isJsonObject } from "../../../release/release.ts";
import { valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import { containersOf, objectsIn } from "../../prepare/pods/containers.ts";
import { inLabels } from "../find-web.ts";
import { matchesLabels } from "../label-selector.ts";
import { told } from "../told.ts";
import { templateOf } from "./serving.ts";

/** What of the web pods no release can work with, whatever else is written. */
export const templateRefusals = (web: ManifestObject): Finding[] => [
  ...foreignLabels(web),
  ...hostPorts(web),
];

/** A Deployment that does not select its own pods, which the API server refuses. */
function foreignLabels(web: ManifestObject): Finding[] {
  const selector = valueAt(web.object, ["spec", "selector"]);
  const labels = valueAt(web.object, ["spec", "template", "metadata", "labels"]);
  const wanted = valueAt(selector, ["matchLabels"]);
  if (matchesLabels(selector, labels)) return [];
  const given = isJsonObject(labels) ? labels : {};
  const missing = isJsonObject(wanted)
    ? Object.entries(wanted).filter(([key, value]) => given[key] !== value)
    : [];
  return [
    told(
      web,
      ["spec", "selector"],
      `selects other pods than its own${missing.length > 0 ? `: they do not have ${inLabels(missing)}` : ""}`,
      "Make spec.selector and the labels of spec.template agree",
    ),
  ];
}

/** By a port of its node a pod is reached past every Service, so before it is tested too. */
const hostPorts = (web: ManifestObject): Finding[] =>
  containersOf(templateOf(web)).flatMap(({ object, path, title }) =>
    objectsIn(object["ports"]).flatMap(({ hostPort }, index) =>
      typeof hostPort === "number" && hostPort !== 0
        ? [
            told(
              web,
              [...path, "ports", index, "hostPort"],
              `takes port ${hostPort} of its nodes for ${title}: requests would come to pods of either version, past the Service`,
              "Take hostPort out, and let users come by a Service",
            ),
          ]
        : [],
    ),
  );
