// A stack in memory whose versions are prepared from manifests: what the gate and the engine make
// of each `up`, killed at any moment, while people go on editing files and config.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Past } from "../../../components/past.ts";
import { prepareVersions, type Versions } from "../../../components/versions/prepare-versions.ts";
import { deploymentOf } from "../../../manifests/render/deployment.ts";
import { configSchema, type Config } from "../../../protocol/config/config-schema.ts";
import type { Completed } from "../../../protocol/state/marks.ts";
import { departure } from "../../../release/moves/origin.ts";
import { refusals } from "../../../release/moves/refusals.ts";
import type { Place } from "../../../release/place.ts";
import { plan, type StagePlan } from "../../../release/plan.ts";
import type { Strategy } from "../../../release/phases.ts";
import { releaseAt } from "../../../release/release-at.ts";
import {
  asJson,
  canonical,
  isMoving,
  type Colour,
  type Release,
  type ReleaseSettings,
  type Slot,
} from "../../../release/release.ts";
import type { Weights, Workload } from "../../../release/workload.ts";

/** The folder of manifests, as a person edits it. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "walked-"));

  /** @param level a variable of the pods; null: the file cannot be released */
  write(level: string | null): void {
    const probe = level === null ? "readynessProbe" : "readinessProbe";
    writeFileSync(
      join(this.path, "shop.yaml"),
      `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: web
          image: registry/shop:1
          ports: [{ name: http, containerPort: 8080 }]
          ${probe}: { httpGet: { path: /ready, port: http } }
          env: [{ name: LEVEL, value: "${level}" }]
---
apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  selector: { app: shop }
  ports: [{ name: http, port: 8000, targetPort: http }]
`,
    );
  }

  forget(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** When an `up` ends: before all but the mark of what is entered, after so many steps, or not. */
export type End = "entered" | number | "completed";

/** What an `up` came to. */
export type Outcome = "refused" | "failed" | "completed";

const MIGRATIONS = ["0001-create", "0002-split"] as const;

export class WalkedStack {
  completed: Completed | null = null;
  entered: Past["entered"] = null;
  records: Past["records"] = {};
  key: string | null = null;
  weights: Weights = {};
  /** What pods of a workload are made from, and of which slot. */
  readonly pods = new Map<Workload, { readonly template: string; readonly slot: Slot }>();
  /** Why the last `up` was refused. */
  reasons: readonly string[] = [];
  readonly folder: Folder;
  base: Release;
  manifests = true;
  #attempts = 0;
  /** By version. */
  readonly #served = new Map<string, string>();

  constructor(folder: Folder, strategy: Strategy, withSchemaChange: boolean) {
    this.folder = folder;
    this.base = {
      phase: "stable",
      strategy,
      rungs: [5],
      migrations: MIGRATIONS,
      settings: this.#settings(),
      from: slotOf("blue", 1, MIGRATIONS[0]),
      to: slotOf("green", 2, MIGRATIONS[withSchemaChange ? 1 : 0]),
    };
  }

  get config(): Config {
    return configSchema.parse({
      active: "blue",
      phase: "stable",
      strategy: "blue-green",
      namespace: "shop",
      app: { name: "shop", smoke: [{ path: "/", expect: { status: 200 } }] },
      traffic: { mode: "service" },
      database: { host: "db", name: "shop", admin: "admin" },
      manifests: this.manifests ? this.folder.path : "",
      jobs: { repository: "registry/jobs" },
    });
  }

  #settings(): ReleaseSettings {
    const { app, traffic, database, namespace, soak } = this.config;
    return asJson({ app, traffic, database, namespace, soak }) as ReleaseSettings;
  }

  get left(): Release | null {
    const { entered, completed } = this;
    return entered && entered.attempt !== completed?.attempt ? entered.release : null;
  }

  at(place: Place): Release {
    return releaseAt(this.base, place);
  }

  async up(asked: Release, end: End): Promise<Outcome> {
    this.#attempts += 1;
    const past: Past = {
      completed: this.completed,
      entered: this.entered,
      dropping: null,
      records: this.records,
      objects: new Set(),
      types: new Map(),
      key: this.key ?? `new-${this.#attempts}`,
    };
    const from = { config: this.config, asked, unsafePassword: () => null, passwordsOf: ["blue", "green"] };
    const versions = await prepareVersions(from, past, () => Promise.resolve({}));
    const { release } = versions;
    const before = this.completed?.release ?? null;
    const circumstances = { dropping: false, recover: false };
    this.reasons = [
      ...versions.problems,
      ...refusals(before, this.entered?.release ?? null, release, circumstances),
    ];
    if (this.reasons.length > 0) return "refused";
    const { origin, isUnchanged } = departure(this.completed, this.left, release);
    const attempt = isUnchanged && this.entered ? this.entered.attempt : String(this.#attempts);
    const stage = plan(release, origin);
    this.key = Object.keys(versions.records).length > 0 ? versions.key : this.key;
    this.entered = { release, attempt };
    // The release is given up, or over: its next attempt takes the files as they are then.
    if (!isMoving(release)) this.#served.delete(release.to?.version ?? "");
    if (end === "entered") return "failed";
    this.records = { ...this.records, ...versions.records };
    const steps = end === "completed" ? stage.steps.length : end;
    for (const step of stage.steps.slice(0, steps)) {
      this.#act(versions, step);
      this.#expectUnchanged();
    }
    if (steps < stage.steps.length) return "failed";
    for (const workload of [...this.pods.keys()])
      if (!stage.steps.some((step) => "workload" in step && step.workload === workload))
        this.pods.delete(workload);
    this.records = versions.records;
    const completed = { release, tested: stage.tested, origin, attempt, number: this.#attempts };
    this.completed = { ...completed, jobs: { image: "", builtFrom: null } };
    this.#expectUnchanged();
    return "completed";
  }

  /** What has served once stays as it was, until its release is over. */
  #expectUnchanged(): void {
    if (!this.completed) return;
    for (const [workload, { template, slot }] of this.pods) {
      if ((this.weights[workload] ?? 0) === 0) continue;
      const before = this.#served.get(slot.version) ?? template;
      expect(template, `what ${slot.version} serves with (${workload})`).to.equal(before);
      this.#served.set(slot.version, template);
    }
  }

  #act({ of }: Versions, step: StagePlan["steps"][number]): void {
    if (step.do === "traffic") this.weights = step.weights;
    if (step.do === "park") this.pods.delete(step.workload);
    if (step.do !== "run") return;
    const { workload, slot } = step;
    const cluster = { app: "shop", namespace: "shop" };
    const version = of(slot);
    const at = { cluster, workload, size: "full", replicas: 2, number: 0 } as const;
    const { selector, template } = deploymentOf(version, at).spec;
    const own = `"zero-downtime/workload":"${workload}"`;
    const made = canonical({ selector: selector ?? null, template }).replaceAll(own, "");
    this.pods.set(workload, { template: made, slot });
  }
}

export const slotOf = (colour: Colour, version: number, schema: string): Slot => ({
  colour,
  version: `${version}.0.0`,
  image: `registry/shop@sha256:${String(version % 10).repeat(64)}`,
  schema,
});
