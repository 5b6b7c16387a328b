import { isJsonObject } from "../../../release/release.ts";
import { isKind } from "../../built-in-kinds.ts";
import type { KubeObject } from "../../kube-object.ts";
import type { FieldProblem } from "./check-fields.ts";

/** The most that a ConfigMap or a Secret may hold. */
const MOST_BYTES = 1024 * 1024;

/** What the API server refuses of the content of ConfigMaps and Secrets, beside their fields. */
export function contentProblems(object: KubeObject): FieldProblem[] {
  if (!isKind(object, "ConfigMap") && !isKind(object, "Secret")) return [];
  const problems: FieldProblem[] = [];
  let bytes = 0;
  for (const field of ["data", "binaryData", "stringData"]) {
    const content = object[field];
    if (!isJsonObject(content)) continue;
    const isBase64 = field === "binaryData" || (field === "data" && object.kind === "Secret");
    for (const [key, value] of Object.entries(content)) {
      if (typeof value === "string") bytes += isBase64 ? (value.length * 3) / 4 : Buffer.byteLength(value);
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === "." || key.startsWith(".."))
        problems.push({
          path: [field, key],
          text: "is no key that Kubernetes takes: letters, digits, dashes, underscores and dots",
          advice: "Name it otherwise; a volume's `items` may give its file any path",
        });
    }
  }
  if (bytes > MOST_BYTES)
    problems.push({
      path: ["data"],
      text: `holds ${Math.ceil(bytes / 1024).toLocaleString("en")} KiB, and at most 1,024 are possible`,
      advice: "Split it, or keep large files in the image",
    });
  return problems;
}
