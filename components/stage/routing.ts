import type { Cookie, Routing } from "../../protocol/traffic/backend.ts";
import { testersOf } from "../../protocol/traffic/backends.ts";
import type { Rung, Step } from "../../release/step.ts";
import { workloadOf } from "../../release/workload.ts";
import type { StageContext } from "./stage-context.ts";

type TrafficStep = Extract<Step, { readonly do: "traffic" }>;

/** Who gets how much in a stage, and who is sent to one side whatever the weights. */
export function routingOf(context: StageContext): Routing {
  const { config, release, plan } = context;
  const step = plan.steps.find((one): one is TrafficStep => one.do === "traffic");
  const rung = step?.rung ?? null;
  return {
    weights: plan.weights,
    candidate: rung && workloadOf(release, rung.to),
    testers: testersOf(config.traffic),
    cookie: rung && stickyCookie(context, rung),
  };
}

/**
 * Users of the candidate stay with it as long as it has weight. Those of the active colour stay for
 * the length of the rung, or each of their requests would be another chance to reach the candidate;
 * the next rung distributes them anew.
 */
function stickyCookie({ config }: StageContext, { from, to, weight }: Rung): Cookie | null {
  const { stickiness } = config.canary;
  if (!stickiness) return null;
  const candidate = to.image.slice(-8);
  const values = {
    [from.colour]: `${from.colour}-${candidate}-${weight}`,
    [to.colour]: `${to.colour}-${candidate}`,
  };
  return { name: stickiness.cookie, values };
}
