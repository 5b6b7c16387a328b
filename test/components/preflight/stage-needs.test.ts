import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { DatabaseAccess } from "../../../components/database.ts";
import { JobsAccess } from "../../../components/jobs/jobs-access.ts";
import { stageNeeds, type StageNeeds } from "../../../components/preflight/stage-needs.ts";
import { titleOf } from "../../../components/preflight/planned.ts";
import { makeStage } from "../../../components/stage/make-stage.ts";
import type { StageContext } from "../../../components/stage/stage-context.ts";
import { simpleVersionOf } from "../../../components/versions/simple-version-of.ts";
import type { ManifestObject } from "../../../manifests/kube-object.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { moves } from "../../../release/moves/moves.ts";
import { plan, type Standing } from "../../../release/plan.ts";
import { STRATEGIES, type Strategy } from "../../../release/phases.ts";
import { COLOURS, type Release } from "../../../release/release.ts";
import { at, stable } from "../../release/releases.ts";
import { knowHooks } from "../know-hooks.ts";
import { contextOf } from "../stage/jobs-of-stage.ts";

/** The stages of a release on its way forward, from the stack's first one. */
function wayForward(strategy: Strategy): { readonly release: Release; readonly origin: Standing | null }[] {
  const way: { release: Release; origin: Standing | null }[] = [
    { release: stable(strategy, true), origin: null },
  ];
  for (const { release } of way) {
    const [next] = moves(release, false).next;
    if (next) way.push({ release: at(release, next), origin: { release, tested: {} } });
    if (way.at(-1)?.release.phase === "stable") break;
  }
  return way;
}

const needsOf = ({ config, release, plan, versionOf }: StageContext, more: object = {}): StageNeeds =>
  stageNeeds({ config, release, plan, versionOf, ...more });

/** Objects of the cluster that the program makes in a stage, by kind and name. */
async function madeIn(context: StageContext): Promise<string[]> {
  const made: string[] = [];
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) => {
      const { metadata } = inputs as { metadata?: { name?: string } };
      const [, kind] = /^kubernetes:.+:(\w+)$/.exec(type) ?? [];
      if (kind !== undefined && metadata?.name !== undefined) made.push(`${kind}/${metadata.name}`);
      return { id: name, state: inputs as object };
    },
    call: () => ({}),
  };
  await pulumi.runtime.setMocks(mocks, "shop", "test", false, "organization");
  knowHooks();
  const { cluster, config } = context;
  const passwords = pulumi.output({ admin: "a", migrator: "b", blue: "c", green: "d" });
  if (!config.database) throw new Error("Expected an application with a database");
  new JobsAccess("jobs", cluster, { mayPutBack: true, routes: [] }, {});
  new DatabaseAccess(
    "database",
    { config, database: config.database, passwords, cluster, adopt: false, serving: [], colours: COLOURS },
    {},
  );
  makeStage(context, []);
  await pulumi.runtime.disconnect();
  return made;
}

describe("what a stage needs of the cluster", () => {
  for (const strategy of STRATEGIES)
    it(`is asked for every object of a ${strategy} release before the new version's pods are there`, async () => {
      const asked = new Set<string>();
      for (const { release, origin } of wayForward(strategy)) {
        const context = contextOf(release, origin, undefined);
        for (const planned of needsOf(context).objects) asked.add(titleOf(planned));
        // An attempt's Jobs, and the pod that pulls an image, have names that nobody else can have.
        const made = (await madeIn(context)).filter((title) => !/^(Job|Pod)\//.test(title));
        expect(made.length).to.be.above(5);
        expect(
          made.filter((title) => !asked.has(title)),
          release.phase,
        ).to.deep.equal([]);
      }
    });

  it("is asked for the route on which a gateway is tried, where that is to name who answers", async () => {
    const context = contextOf(stable("canary", true), null, undefined);
    const app = configSchema.shape.app.parse({ name: "shop", identity: "entrance" });
    const named = { ...context, config: { ...context.config, app } };
    const title = "HTTPRoute/shop-trial";
    expect(needsOf(named).objects.map(titleOf)).to.include(title);
    expect(await madeIn({ ...named, format: 4 })).to.include(title);
    expect(needsOf(context).objects.map(titleOf)).not.to.include(title);
    expect(await madeIn(context)).not.to.include(title);
  });

  it("is room for the new version at full size from expand on, and for what runs beside it", () => {
    const counts = wayForward("canary").map(({ release, origin }) => [
      release.phase,
      needsOf(contextOf(release, origin, undefined)).pods.map(({ title, count }) => `${count} ${title}`),
    ]);
    const coming = ["2 Deployment/shop-green", "2 the Jobs of a stage", "1 the guard"];
    expect(counts.slice(0, 5)).to.deep.equal([
      ["stable", ["2 Deployment/shop-blue", "2 the Jobs of a stage"]],
      ["expand", coming],
      ["backfill", coming],
      ["deploy", coming],
      ["canary", []],
    ]);
  });

  it("is one pod more while they are replaced one by one", () => {
    const [first, expand] = wayForward("rolling").map(
      ({ release, origin }) => needsOf(contextOf(release, origin, undefined)).pods[0],
    );
    expect([first?.count, expand?.count]).to.deep.equal([2, 3]);
    expect(expand?.deployment).to.equal("shop-rolling");
  });

  it("is as many pods as config says, whatever the version does", () => {
    const context = contextOf(stable("canary", true), null, undefined);
    const replicas = { ...context.config, replicas: 7 };
    expect(needsOf({ ...context, config: replicas }).pods[0]?.count).to.equal(7);
    const app = configSchema.shape.app.parse({ name: "shop", autoscale: { min: 4, max: 9 } });
    const scaled = needsOf({ ...context, config: { ...context.config, app } });
    expect(scaled.pods[0]?.count).to.equal(4);
    expect(scaled.objects.map(titleOf)).to.include("HorizontalPodAutoscaler/shop-blue");
  });

  it("is nothing on a way back, and once both versions run", () => {
    const base = stable("canary", true);
    const deploy = at(base, { phase: "deploy", active: "blue" });
    const backfill = at(base, { phase: "backfill", active: "blue" });
    const back = contextOf(backfill, { release: deploy, tested: {} }, undefined);
    expect(needsOf(back)).to.deep.equal({ objects: [], pods: [] });
    const retire = at(base, { phase: "retire", active: "green" });
    expect(plan(retire, null).direction).to.equal("first");
    expect(needsOf(contextOf(retire, null, undefined))).to.deep.equal({ objects: [], pods: [] });
  });

  it("is told with the place in the file that an object was made from", () => {
    const object = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "shop" },
      spec: { template: { spec: { containers: [{ name: "app" }] } } },
    };
    const files: ManifestObject[] = [{ object, sourceOf: (path) => ({ file: path.join("/"), line: 1 }) }];
    const { pods, objects } = needsOf(contextOf(stable("canary", true), null, undefined), { files });
    const path = ["spec", "containers", 0, "image"];
    expect(pods[0]?.sourceOf?.(path)?.file).to.equal("spec/template/spec/containers/0/image");
    expect(objects.find(({ kind }) => kind === "Service")?.sourceOf).to.equal(undefined);
  });

  it("is a Secret for the copy of what the version was prepared from, where it was", () => {
    const base = stable("canary", true);
    const prepared = {
      ...base,
      phase: "stable" as const,
      from: { ...base.from, content: "0123456789abcdef" },
    };
    const titles = (release: Release) => needsOf(contextOf(release, null, undefined)).objects.map(titleOf);
    expect(titles(prepared)).to.include("Secret/shop-record-blue-01234567");
    expect(titles(base).join()).to.not.match(/record/);
  });

  it("has a version's own objects as they will be written, and holds no password", () => {
    const context = contextOf(stable("canary", true), null, undefined);
    const config = { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "shop-a1" }, data: { a: "b" } };
    const versionOf: StageContext["versionOf"] = (slot) => ({
      ...simpleVersionOf(context.config, slot),
      versioned: [config],
    });
    const { objects } = needsOf({ ...context, versionOf });
    expect(objects.find(({ name }) => name === "shop-a1")?.object).to.deep.equal(config);
    expect(objects.filter(({ kind }) => kind === "Secret").map(({ object }) => object)).to.deep.equal([
      null,
      null,
      null,
    ]);
  });
});
