import { expect } from "chai";
import { checkOf } from "../../../components/stage/check.ts";
import { addressesOf, publicEntrances } from "../../../components/stage/public-entrances.ts";
import type { StageContext } from "../../../components/stage/stage-context.ts";
import { readySettings } from "../../../protocol/jobs/ready-settings.ts";
import { entranceKind } from "../../../protocol/traffic/backends.ts";
import { workloadService, type Entrances } from "../../../protocol/traffic/entrance.ts";
import { isMoving, slotOf, type Slot } from "../../../release/release.ts";
import type { CheckStep } from "../../../release/tasks.ts";
import type { Workload } from "../../../release/workload.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { contextOf } from "./jobs-of-stage.ts";

const namedBackends = (spec: object): string[] =>
  (JSON.stringify(spec).match(/"name":"[\w-]+"/g) ?? []).map((text) => text.slice(8, -1));

describe("the ways in of a release in which a Service gets another name", () => {
  const base = stable("canary", false);
  const entrancesOf = (service: string): Entrances => ({
    objects: [
      {
        kind: "HTTPRoute",
        name: "shop",
        labels: {},
        annotations: {},
        spec: { rules: [{ backendRefs: [{ name: service, port: 80 }] }] },
      },
    ],
    services: [{ name: service, ports: [{ port: 80 }], selector: { app: "shop" }, isPublic: true }],
  });
  const contexts = allPlaces(base).map((release): StageContext => {
    const context = contextOf(release, { release: base, tested: {} }, undefined);
    const versionOf = (slot: Slot) => ({
      ...context.versionOf(slot),
      entrances: entrancesOf(slot.colour === "blue" ? "shop" : "web"),
    });
    return { ...context, versionOf };
  });

  it("lead to Services that are there, in every stage", () => {
    for (const context of contexts.filter(({ release }) => isMoving(release))) {
      const { release, plan } = context;
      const { objects, services } = publicEntrances(context);
      const routing = { weights: plan.weights, candidate: null, testers: null, cookie: null };
      const there = (["blue", "green"] as const).flatMap((colour) => {
        const slot = slotOf(release, colour);
        const { services: own } = slot ? addressesOf(context, slot) : { services: [] };
        return own.map(({ name }) => workloadService(name, colour));
      });
      for (const route of objects) {
        const backends = namedBackends(entranceKind(route.kind).spec(route, services, routing));
        expect(there, release.phase).to.include.members(backends);
      }
    }
  });

  it("are proven to find the candidate before they give it a share, and only then", () => {
    const servicesIn = ({ release, plan, ...context }: StageContext, workload: Workload) => {
      const step = plan.steps.find((one) => one.do === "ready" && one.workload === workload);
      if (!step) return [];
      const { settings } = checkOf({ ...context, release, plan }, step as CheckStep);
      const { service, services } = readySettings.parse(settings);
      return [service, ...services];
    };
    for (const context of contexts.filter(({ release }) => isMoving(release))) {
      const { phase } = context.release;
      const isBefore = phase === "deploy" || phase === "canary";
      const expected = isBefore ? ["web-green", "shop-green"] : ["web-green"];
      expect(servicesIn(context, "green"), phase).to.deep.equal(expected);
      const ofBlue = servicesIn(context, "blue");
      if (ofBlue.length > 0) expect(ofBlue, phase).to.deep.equal(["shop-blue"]);
    }
  });
});
