import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { Cluster } from "../../components/cluster.ts";
import { WorkloadAddress, WorkloadPods } from "../../components/workload.ts";
import { fullSize } from "../../manifests/render/deployment.ts";
import { simpleVersion } from "../../manifests/simple/simple-version.ts";
import { configSchema, type Config } from "../../protocol/config/config-schema.ts";
import { databaseEnvironment } from "../../protocol/database-environment.ts";
import { COLOURS } from "../../release/release.ts";
import type { Workload } from "../../release/workload.ts";

const WRITTEN = new URL("written-pods.txt", import.meta.url);

const BASE = {
  active: "blue",
  phase: "stable",
  strategy: "blue-green",
  namespace: "live",
  app: { name: "shop" },
  traffic: { mode: "service" },
  jobs: { repository: "registry/jobs" },
};

const CONFIGS: Readonly<Record<string, object>> = {
  "nothing but a name": {},
  "an autoscaler": { app: { name: "shop", replicas: 4, autoscale: { min: 3, max: 9, cpuPercent: 50 } } },
  "all that shapes a pod": {
    app: {
      name: "book-store",
      port: 3000,
      replicas: 5,
      readiness: "/ready",
      liveness: "/alive",
      env: { LOG_LEVEL: "debug", A: "$(LOG_LEVEL)" },
      resources: { requests: { cpu: "1" }, limits: { memory: "1Gi" } },
      imagePullSecrets: ["login", "other"],
      writable: ["/data", "/tmp"],
      preStopSeconds: 9,
      longestRequestSeconds: 8,
      startSeconds: 99,
      minReadySeconds: 7,
    },
  },
  "nothing to write to and no wait": {
    app: { name: "shop", writable: [], preStopSeconds: 0, resources: {} },
  },
  "a database": {
    database: { host: "db", port: 6543, name: "shop_live", admin: "admin", sslmode: "verify-full" },
  },
  "a database with names of its own": {
    database: { host: "db", name: "shop", admin: "admin", prefix: "live", owner: "tables" },
    app: { name: "shop", env: { PGAPPNAME: "shop" } },
  },
};

const CASES: readonly { readonly workload: Workload; readonly size: "full" | "parked" }[] = [
  { workload: "blue", size: "full" },
  { workload: "green", size: "parked" },
  { workload: "rolling", size: "full" },
];

describe("the objects of a workload that config describes", () => {
  let written: string[] = [];

  before(() =>
    pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          if (/:(Deployment|HorizontalPodAutoscaler|Service|PodDisruptionBudget)$/.test(type))
            written.push(`${type} ${name} ${JSON.stringify(inputs)}`);
          return { id: name, state: inputs as object };
        },
        call: () => ({}),
      },
      "zero-downtime",
      "test",
      false,
      "organization",
    ),
  );

  async function objectsOf(config: Config, { workload, size }: (typeof CASES)[number]): Promise<string[]> {
    written = [];
    const cluster: Cluster = {
      provider: undefined as unknown as Cluster["provider"],
      namespace: config.namespace,
      app: config.app.name,
    };
    const slot = {
      colour: COLOURS.find((colour) => colour === workload) ?? "green",
      version: "1.2.3",
      image: "registry/shop@sha256:1",
      schema: null,
    } as const;
    const { app, traffic, database } = config;
    const environment = database ? databaseEnvironment(database, app.name, slot.colour) : [];
    const version = simpleVersion({ app, traffic, slot, environment });
    const replicas = fullSize(version, config.replicas);
    new WorkloadAddress(`address-${workload}`, { cluster, version, workload }, {});
    const { autoscale } = app;
    new WorkloadPods(workload, { cluster, version, workload, size, replicas, autoscale, number: 7 }, {});
    await pulumi.runtime.disconnect();
    return written.sort();
  }

  it("are to the byte those that earlier programs wrote, as what serves must not be replaced by an upgrade", async () => {
    const lines: string[] = [];
    for (const [title, more] of Object.entries(CONFIGS))
      for (const one of CASES) {
        const config = configSchema.parse({ ...BASE, ...more });
        lines.push(`# ${title}: ${one.workload}, ${one.size}`, ...(await objectsOf(config, one)));
      }
    expect(`${lines.join("\n")}\n`).to.equal(readFileSync(WRITTEN, "utf8"));
  });
});
