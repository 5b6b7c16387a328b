import { parseRecord, type CandidateRecord } from "../../../release/verdict.ts";
import { kubectl, type Target } from "../target.ts";

/** What the guard of an application has published; null before its first look. */
export async function publishedVerdict(
  target: Target,
  namespace: string,
  application = "address-book",
): Promise<CandidateRecord | null> {
  const what = ["get", "configmap", `${application}-verdict`, "--output=jsonpath={.data.verdict}"];
  const text = await kubectl(target, "--namespace", namespace, ...what);
  return text === "" ? null : parseRecord(text);
}
