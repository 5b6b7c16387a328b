import * as pulumi from "@pulumi/pulumi";
import { describeFinding } from "../../manifests/kube-object.ts";
import type { ClusterChoice } from "../../protocol/kubernetes/kubeconfig.ts";
import { errorWords } from "../../protocol/kubernetes/send-request.ts";
import { unaskedLines } from "./cluster/answer.ts";
import { connectApi, type OpenApi } from "../connect-api.ts";
import { readFacts, type Questions } from "./cluster/read-facts.ts";
import { findingsIn, type Findings } from "./findings.ts";

/** Time for all questions together. */
const LIMIT_MILLISECONDS = 5_000;

/** What a stage is about to do, and where. */
export interface PreflightArgs extends Questions {
  readonly cluster: ClusterChoice;
  /** @default 5,000 ms */
  readonly limitMilliseconds?: number;
}

/**
 * Asks the cluster beforehand whether it will take what a stage is about to write, before any
 * resource is registered. What cannot be asked is told, and stops nothing: whoever may not ask may
 * still be allowed to release, and a cluster that is down ends the stage by itself.
 *
 * @throws {pulumi.RunError} with every reason against the stage
 */
export async function preflight(args: PreflightArgs): Promise<void> {
  const { refusals, warnings, unasked } = await examine(args);
  for (const warning of warnings) await pulumi.log.warn(describeFinding(warning));
  for (const line of unaskedLines(unasked.filter(({ isForbidden }) => !isForbidden)))
    await pulumi.log.warn(line);
  for (const line of unaskedLines(unasked.filter(({ isForbidden }) => isForbidden)))
    await pulumi.log.info(line);
  if (refusals.length > 0)
    throw new pulumi.RunError([...refusals.map(describeFinding), "Nothing was changed."].join("\n"));
}

/** What the cluster says of it; nothing is asked where nothing is to be written. */
async function examine({
  cluster,
  limitMilliseconds = LIMIT_MILLISECONDS,
  ...questions
}: PreflightArgs): Promise<Findings> {
  if (questions.objects.length + questions.pods.length === 0) return NOTHING;
  let api: OpenApi;
  try {
    api = await connectApi(cluster, limitMilliseconds);
  } catch (error) {
    return { ...NOTHING, unasked: [{ what: "anything", why: errorWords(error), isForbidden: false }] };
  }
  try {
    return findingsIn(await readFacts(questions, api.send), questions);
  } finally {
    api.end();
  }
}

const NOTHING: Findings = { refusals: [], warnings: [], unasked: [] };
