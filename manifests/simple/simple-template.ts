import type { Config } from "../../protocol/config/config-schema.ts";
import type { EnvironmentVariable } from "../../protocol/database-environment.ts";
import type { DeepReadonly } from "../../protocol/deep-readonly.ts";
import { RESTRICTED_CONTAINER, RESTRICTED_POD } from "../../protocol/kubernetes/pod-security.ts";
import { appLabel, appLabels } from "../../protocol/labels.ts";
import { COLOUR_VARIABLE, VERSION_VARIABLE } from "../../protocol/names.ts";
import type { JsonObject, Slot } from "../../release/release.ts";
import { APP_CONTAINER } from "../../release/workload.ts";
import type { WebPods } from "../version-objects.ts";

type App = DeepReadonly<Config["app"]>;

/**
 * The pods of an application that config describes. A setting that is read here is named in
 * release/slot-digest.ts too: a test compares the two.
 */
export const simpleTemplate = (
  app: App,
  slot: Pick<Slot, "colour" | "version" | "image">,
  environment: readonly EnvironmentVariable[],
): WebPods["template"] => ({
  metadata: { labels: appLabels(app.name) },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: app.preStopSeconds + app.longestRequestSeconds,
    securityContext: RESTRICTED_POD,
    imagePullSecrets: app.imagePullSecrets.map((secret) => ({ name: secret })),
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: appLabel(app.name, "simple") },
      },
    ],
    containers: [
      {
        name: APP_CONTAINER,
        image: slot.image,
        ports: [{ name: "http", containerPort: app.port }],
        env: [
          { name: "PORT", value: String(app.port) },
          { name: COLOUR_VARIABLE, value: slot.colour },
          { name: VERSION_VARIABLE, value: slot.version },
          ...environment,
          ...Object.entries(app.env).map(([name, value]) => variableOf(name, value)),
        ],
        ...(app.envFrom ? { envFrom: app.envFrom.map(sourceOf) } : {}),
        ...probes(app),
        // Proxies learn of a pod's end with some delay; until then it keeps serving.
        ...(app.preStopSeconds > 0
          ? { lifecycle: { preStop: { sleep: { seconds: app.preStopSeconds } } } }
          : {}),
        resources: {
          ...(app.resources.requests ? { requests: app.resources.requests } : {}),
          ...(app.resources.limits ? { limits: app.resources.limits } : {}),
        },
        securityContext: RESTRICTED_CONTAINER,
        volumeMounts: app.writable.map((mountPath, at) => ({ name: `writable-${at}`, mountPath })),
      },
    ],
    volumes: app.writable.map((_, at) => ({ name: `writable-${at}`, emptyDir: {} })),
  },
});

const variableOf = (name: string, given: App["env"][string]): EnvironmentVariable => {
  if (typeof given === "string") return { name, value: given };
  const { key } = given;
  return "secret" in given
    ? { name, valueFrom: { secretKeyRef: { name: given.secret, key } } }
    : { name, valueFrom: { configMapKeyRef: { name: given.configMap, key } } };
};

const sourceOf = ({ prefix, ...given }: NonNullable<App["envFrom"]>[number]): JsonObject => ({
  ...(prefix === undefined ? {} : { prefix }),
  ...("secret" in given
    ? { secretRef: { name: given.secret } }
    : { configMapRef: { name: given.configMap } }),
});

const probes = ({ readiness, liveness, startSeconds }: App) => ({
  readinessProbe: {
    httpGet: { path: readiness, port: "http" },
    periodSeconds: 2,
    timeoutSeconds: 5,
    failureThreshold: 3,
  },
  // Until it has been alive once, it is not restarted: a single pod may take as long to start as
  // all of them together.
  startupProbe: {
    httpGet: { path: liveness, port: "http" },
    periodSeconds: 1,
    timeoutSeconds: 5,
    failureThreshold: startSeconds,
  },
  livenessProbe: {
    httpGet: { path: liveness, port: "http" },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  },
});
