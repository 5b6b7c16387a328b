import { kubectl, type Target } from "../target.ts";
import { until } from "../until.ts";

/** Pods of a colour, unless a test says otherwise. */
const REPLICAS = 2;

/**
 * Percent of everybody's traffic on green, as the route has it; those before the last
 * rule are the testers'.
 */
export const shareOfCandidate = (target: Target, namespace: string): Promise<string> => {
  const weight = '--output=jsonpath={.spec.rules[-1:].backendRefs[?(@.name=="address-book-green")].weight}';
  return kubectl(target, "--namespace", namespace, "get", "httproute", "address-book", weight);
};

/** Runs a command in every pod of green, once the pods that were replaced are gone. */
export async function onPodsOfCandidate(
  target: Target,
  namespace: string,
  ...command: readonly string[]
): Promise<void> {
  const selector = "--selector=zero-downtime/workload=green";
  let pods: string[] = [];
  await until("the pods that were replaced are gone", async () => {
    const names = await kubectl(target, "--namespace", namespace, "get", "pods", selector, "--output=name");
    pods = names.trim().split("\n");
    return pods.length === REPLICAS;
  });
  for (const pod of pods) await kubectl(target, "--namespace", namespace, "exec", pod, "--", ...command);
}
