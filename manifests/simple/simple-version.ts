import type { Config } from "../../protocol/config/config-schema.ts";
import type { EnvironmentVariable } from "../../protocol/database-environment.ts";
import type { DeepReadonly } from "../../protocol/deep-readonly.ts";
import { appLabel } from "../../protocol/labels.ts";
import type { Slot } from "../../release/release.ts";
import { APP_CONTAINER } from "../../release/workload.ts";
import type { VersionObjects } from "../version-objects.ts";
import { simpleEntrances } from "../../protocol/traffic/simple-entrances.ts";
import { simpleTemplate } from "./simple-template.ts";

/** Arguments of {@link simpleVersion}. */
export interface SimpleVersionArgs {
  readonly app: DeepReadonly<Config["app"]>;
  readonly traffic: DeepReadonly<Config["traffic"]>;
  readonly slot: Pick<Slot, "colour" | "version" | "image">;
  /** Lets the container log in to the database; empty without one. */
  readonly environment: readonly EnvironmentVariable[];
}

/** What a version consists of where config describes the application, in `app.*`. */
export function simpleVersion({ app, traffic, slot, environment }: SimpleVersionArgs): VersionObjects {
  const selector = appLabel(app.name, "simple");
  return {
    web: {
      selector,
      labels: {},
      annotations: {},
      container: APP_CONTAINER,
      replicas: app.autoscale?.min ?? app.replicas,
      spec: {
        revisionHistoryLimit: 2,
        minReadySeconds: app.minReadySeconds,
        progressDeadlineSeconds: app.startSeconds,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      },
      template: simpleTemplate(app, slot, environment),
      metrics: null,
      port: app.port,
      imagePullSecrets: app.imagePullSecrets,
    },
    entrances: simpleEntrances({ app, traffic }),
    budgets: [{ name: app.name, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } }],
    versioned: [],
    shared: [],
  };
}
