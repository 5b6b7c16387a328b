import { configKey } from "../../../protocol/names.ts";
import type { Json, JsonObject } from "../../../release/release.ts";
import { titleOf, valueAt, type Finding, type ManifestObject } from "../../kube-object.ts";
import type { Addition } from "../../version-objects.ts";
import { prepared, type Prepared } from "../told.ts";

/** What config says of how pods are made. */
export interface RolloutNeeds {
  readonly minReadySeconds: number;
  /** `zero-downtime:replicas`; 0: as the Deployment says. */
  readonly replicas: number;
}

/** Parts of a Deployment's spec that are the workload's, or prepared by themselves. */
const ELSEWHERE = ["replicas", "selector", "template", "paused"];

/** A Deployment's spec without replicas, selector and template: how its pods are replaced. */
export function rolloutOf(web: ManifestObject, needs: RolloutNeeds): Prepared<JsonObject> {
  const spec = web.object["spec"] as JsonObject;
  const kept = Object.fromEntries(Object.entries(spec).filter(([key]) => !ELSEWHERE.includes(key)));
  const strategy = strategyOf(spec);
  const minReady = minReadyOf(spec, needs);
  return prepared(
    { ...kept, strategy: strategy.value, minReadySeconds: minReady.value },
    {
      added: [...strategy.added, ...minReady.added],
      refusals: [...refusedRollout(web, spec, needs)],
    },
  );
}

/** Pods at full size, as the Deployment says. */
export const replicasOf = (web: ManifestObject): number => {
  const replicas = valueAt(web.object, ["spec", "replicas"]);
  return typeof replicas === "number" ? replicas : 1;
};

const NONE: readonly (Json | undefined)[] = [0, "0", "0%"];

function strategyOf(spec: JsonObject): { value: JsonObject; added: Addition[] } {
  const rolling = valueAt(spec, ["strategy", "rollingUpdate"]);
  const unavailable = valueAt(rolling, ["maxUnavailable"]) ?? undefined;
  const surge = valueAt(rolling, ["maxSurge"]) ?? undefined;
  const maxSurge = surge === undefined || NONE.includes(surge) ? 1 : surge;
  const value = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge } };
  const isSafe = NONE.includes(unavailable) && maxSurge === surge;
  if (isSafe) return { value: { ...value, rollingUpdate: rolling as JsonObject }, added: [] };
  const stated = [
    ...(unavailable === undefined || NONE.includes(unavailable)
      ? []
      : [`maxUnavailable ${String(unavailable)}`]),
    ...(surge === undefined || maxSurge === surge ? [] : [`maxSurge ${String(surge)}`]),
  ];
  const instead = stated.length > 0 ? ` in place of ${stated.join(", ")}` : "";
  const what = `maxUnavailable 0, maxSurge ${String(maxSurge)}${instead}`;
  const why = "no pod that serves goes before another one is ready";
  return { value, added: [{ what, why }] };
}

function minReadyOf(
  spec: JsonObject,
  { minReadySeconds }: RolloutNeeds,
): { value: number; added: Addition[] } {
  const written = spec["minReadySeconds"];
  if (typeof written === "number" && written >= 1) return { value: written, added: [] };
  const what = `minReadySeconds ${minReadySeconds}`;
  const why = "a pod that is ready for a moment only does not count";
  return { value: minReadySeconds, added: [{ what, why }] };
}

function refusedRollout(web: ManifestObject, spec: JsonObject, { replicas }: RolloutNeeds): Finding[] {
  const title = titleOf(web.object);
  const finding = (path: readonly string[], text: string, advice: string): Finding => ({
    source: web.sourceOf(["spec", ...path]),
    text: `${title} ${text}`,
    advice,
  });
  return [
    ...(valueAt(spec, ["strategy", "type"]) === "Recreate"
      ? [
          finding(
            ["strategy", "type"],
            "has the strategy Recreate, which ends all pods before it starts others",
            "Take it out; pods are then replaced one by one",
          ),
        ]
      : []),
    ...(spec["paused"] === true
      ? [finding(["paused"], "is paused and would start no pods", "Take `paused` out")]
      : []),
    ...(spec["replicas"] === 0 && replicas === 0
      ? [
          finding(
            ["replicas"],
            "has 0 replicas, so nobody would serve",
            `Write how many pods serve, or set ${configKey("replicas")}`,
          ),
        ]
      : []),
  ];
}
