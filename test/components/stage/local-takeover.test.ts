import { expect } from "chai";
import { localTakeover } from "../../../components/stage/local-takeover.ts";
import type { StageContext } from "../../../components/stage/stage-context.ts";
import { readySettings } from "../../../protocol/jobs/ready-settings.ts";
import type { Place } from "../../../release/place.ts";
import { at, stable } from "../../release/releases.ts";
import { contextOf } from "./jobs-of-stage.ts";

const base = stable("blue-green", false);

/** A stage that is entered from another one, with a Service as the entrance. */
function stage(to: Place, from: Place, policy: "Local" | "Cluster" = "Local"): StageContext {
  const context = contextOf(at(base, to), { release: at(base, from), tested: {} }, undefined);
  const service = {
    kind: "Service" as const,
    name: "shop",
    labels: {},
    annotations: {},
    spec: { type: "LoadBalancer", externalTrafficPolicy: policy },
  };
  return {
    ...context,
    versionOf: (slot) => {
      const version = context.versionOf(slot);
      return { ...version, entrances: { ...version.entrances, objects: [service] } };
    },
  };
}

const deploy: Place = { phase: "deploy", active: "blue" };
const switched: Place = { phase: "switch", active: "green" };
const retire: Place = { phase: "retire", active: "green" };

describe("the nodes of a Service that goes to pods of the same node alone", () => {
  const asked = (context: StageContext, which: "from" | "to") => {
    const slot = context.release[which];
    return slot ? localTakeover(context, slot) : {};
  };

  it("are asked about where the new version takes it over", () => {
    const { takesOver } = asked(stage(switched, deploy), "to");
    expect(takesOver).to.deep.equal({
      service: "shop",
      labels: { "app.kubernetes.io/name": "shop", "zero-downtime/workload": "blue" },
    });
    expect(readySettings.shape.takesOver.parse(takesOver)).to.deep.equal(takesOver);
  });

  it("are asked about for nobody else, at no other time, on no way back, and of no other policy", () => {
    expect(asked(stage(switched, deploy), "from")).to.deep.equal({});
    expect(asked(stage(switched, deploy, "Cluster"), "to")).to.deep.equal({});
    for (const context of [stage(retire, switched), stage(deploy, switched), stage(switched, switched)])
      for (const which of ["from", "to"] as const) expect(asked(context, which)).to.deep.equal({});
  });
});
