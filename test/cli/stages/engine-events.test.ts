import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { newsOf } from "../../../cli/stages/engine-events.ts";
import type { ShownTask } from "../../../cli/moves/step-titles.ts";

const TASKS = ["traffic", "blue", "ready-blue"].map((resource) => ({ resource }) as ShownTask);

const written = (type: string, name: string, op = "update") =>
  newsOf(
    {
      resOutputsEvent: {
        metadata: { op, type, urn: `urn:pulumi:live::zero-downtime::parent$${type}::${name}` },
      },
    } as unknown as EngineEvent,
    TASKS,
  );

const SERVICE = "kubernetes:core/v1:Service";
const ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";

describe("what the engine tells of a stage's tasks", () => {
  it("is the traffic at each of its entrances, and at no other Service or route", () => {
    const news = { resource: "traffic", state: "done" };
    for (const name of ["traffic", "traffic-httproute-api", "traffic-service-shop-admin"])
      expect(written(name.includes("httproute") ? ROUTE : SERVICE, name), name).to.deep.equal(news);
    for (const name of ["address-blue", "shared-service-redis", "traffic-light"])
      expect(written(SERVICE, name), name).to.equal(null);
  });

  it("is what happens to Deployments and Jobs, but not that one is deleted before it is made anew", () => {
    expect(written("kubernetes:batch/v1:Job", "ready-blue")).to.deep.equal({
      resource: "ready-blue",
      state: "done",
    });
    expect(written("kubernetes:batch/v1:Job", "ready-blue", "delete-replaced")).to.equal(null);
    expect(written("kubernetes:core/v1:ConfigMap", "blue")).to.equal(null);
  });
});
