import { formOf } from "../../protocol/config/form-of.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import { configKey } from "../../protocol/names.ts";

/** What config says in a place where it must not, and the rule. */
export interface FormProblem {
  readonly key: string;
  readonly rule: string;
  readonly value: unknown;
}

/** Keys that describe one container, and where manifests say the same. */
const IN_MANIFESTS: Readonly<Record<string, string>> = {
  "app.port": "the Service's `targetPort`, and `ports` of the container",
  "app.replicas": `\`spec.replicas\` of the Deployment, or ${configKey("replicas")}`,
  "app.autoscale": `\`spec.replicas\` of the Deployment, or ${configKey("replicas")}, as autoscalers cannot be released from manifests yet`,
  "app.readiness": "`readinessProbe` of the container",
  "app.liveness": "`livenessProbe` and `startupProbe` of the container",
  "app.colourHeader": `${configKey("app.identity")}, as { header: … }`,
  "app.env": "`env` of the container",
  "app.envFrom": "`envFrom` of the container",
  "app.resources": "`resources` of the container",
  "app.imagePullSecrets": "`imagePullSecrets` of the pod template",
  "app.writable": "`volumes` of the pod template, and `volumeMounts` of the container",
  "traffic.type": "`spec.type` of the Service",
  "traffic.nodePort": "`spec.ports` of the Service, as `nodePort`",
};

/** Keys that say something of manifests. */
const OF_MANIFESTS = ["services", "unversioned", "shared", "ignore", "app.container", "app.migrates"];

/**
 * Keys that have no effect as the application is described: by config, or by its manifests. Nobody
 * would notice that a limit or a variable in the wrong place is not in force.
 *
 * @param values of config as they are written, before what is left out has its default
 */
export function formProblems(
  config: Pick<Config, "manifests">,
  values: Readonly<Record<string, unknown>>,
): FormProblem[] {
  const written = (key: string) => valueOf(values, key);
  if (formOf(config) === "simple")
    return OF_MANIFESTS.filter((key) => isSaid(written(key))).map((key) => ({
      key,
      rule: `says something of manifests, and ${configKey("manifests")} names none`,
      value: written(key),
    }));
  return Object.entries(IN_MANIFESTS)
    .filter(([key]) => written(key) !== undefined)
    .map(([key, where]) => ({
      key,
      rule: `must be left out where ${configKey("manifests")} is set; write it there: ${where}`,
      value: key === "app.env" ? namesOf(written(key)) : written(key),
    }));
}

const valueOf = (values: Readonly<Record<string, unknown>>, key: string): unknown =>
  key
    .split(".")
    .reduce<unknown>(
      (at, part) =>
        typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[part] : undefined,
      values,
    );

/** The engine passes what is left out as an empty object or list. */
const isSaid = (value: unknown): boolean =>
  value !== undefined && !(typeof value === "object" && value !== null && Object.keys(value).length === 0);

/** A variable's value may be a secret. */
const namesOf = (env: unknown): unknown =>
  typeof env === "object" && env !== null
    ? Object.fromEntries(Object.keys(env).map((name) => [name, "…"]))
    : env;
