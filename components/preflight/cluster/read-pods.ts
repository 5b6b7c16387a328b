import { z } from "zod";
import type { PlannedObject, PlannedPods } from "../planned.ts";
import { podOf, shapeOf, type TriedPods } from "../refused-pods.ts";
import type { NewPods } from "../room/quotas.ts";
import { valueOf, type Answer } from "./answer.ts";
import { attempt, get, JSON_ONLY, type Send } from "./ask.ts";
import { trialIn } from "./trial.ts";

/** What the cluster says of pods that will be made. */
export interface PodFacts {
  readonly tried: readonly Answer<TriedPods>[];
  /** Those of which some are not there yet. */
  readonly missing: readonly NewPods[];
}

/**
 * Asks which of the pods are there already, and what the cluster says of a new one.
 *
 * @param objects of the stage: a ServiceAccount among them need not be there yet
 */
export async function readPods(
  namespace: string,
  pods: readonly PlannedPods[],
  objects: readonly PlannedObject[],
  send: Send,
): Promise<PodFacts> {
  const asked = await Promise.all(
    pods.map(async (planned) => {
      const running = await readRunning(planned, namespace, send);
      // Where nobody can say how many are there, room for them would be counted twice.
      const missing = running === undefined ? 0 : Math.max(0, planned.count - running);
      const tried = missing > 0 ? await tryOut(namespace, planned, objects, send) : null;
      return { planned, missing, tried };
    }),
  );
  return {
    tried: asked.flatMap(({ tried }) => (tried ? [tried] : [])),
    missing: asked.flatMap(({ planned, missing, tried }) => {
      const trial = (tried && valueOf(tried))?.trial ?? null;
      return missing > 0 ? [{ pods: planned, missing, shape: shapeOf({ pods: planned, trial }) }] : [];
    }),
  };
}

const running = z
  .object({ status: z.object({ replicas: z.number().default(0) }).default({ replicas: 0 }) })
  .transform(({ status }) => status.replicas);

async function readRunning(
  { deployment }: PlannedPods,
  namespace: string,
  send: Send,
): Promise<number | undefined> {
  if (deployment === null) return 0;
  const answer = await get(send, {
    what: `Deployment/${deployment}`,
    shape: running,
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`,
  });
  return "unasked" in answer ? undefined : (answer.value ?? 0);
}

/** Has the API server check a pod, with all that has a say in it, and make none. */
const tryOut = (
  namespace: string,
  pods: PlannedPods,
  objects: readonly PlannedObject[],
  send: Send,
): Promise<Answer<TriedPods>> =>
  attempt(`pods of ${pods.title}`, async () => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const query = "?dryRun=All&fieldValidation=Strict";
    const headers = { ...JSON_ONLY, "content-type": "application/json" };
    const body = JSON.stringify(podOf(pods, objects, namespace));
    const answer = await send({ method: "POST", path, query, headers, body });
    return { value: { pods, trial: trialIn(answer) } };
  });
