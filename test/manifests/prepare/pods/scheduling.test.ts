import { expect } from "chai";
import { deploymentOf } from "../../../../manifests/render/deployment.ts";
import { podOf, prepare, told } from "../shop.ts";

describe("where a version's pods run", () => {
  it("is on as many nodes as there are, each colour by itself, where the files say nothing", () => {
    const { objects } = prepare();
    const at = { cluster: { app: "shop", namespace: "live" }, size: "full", replicas: 3, number: 1 } as const;
    const { template } = deploymentOf(objects, { ...at, workload: "green" }).spec;
    expect(template.spec["topologySpreadConstraints"]).to.deep.equal([
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "zero-downtime/app": "shop", "zero-downtime/workload": "green" } },
      },
    ]);
  });

  it("is as the files say, where they do", () => {
    const topologySpreadConstraints = [
      { maxSkew: 2, topologyKey: "zone", labelSelector: { matchLabels: { app: "shop" } } },
    ];
    expect(podOf(prepare({ pod: { topologySpreadConstraints } }))["topologySpreadConstraints"]).to.deep.equal(
      topologySpreadConstraints,
    );
  });

  it("is told of where a node takes one pod only, as two versions then need twice the nodes", () => {
    const apart = (matchLabels: object) => ({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels } },
          ],
        },
      },
    });
    const notesOf = (files: object) => told(prepare(files).notes).join();
    expect(notesOf({ pod: apart({ app: "shop" }) })).to.match(/podAntiAffinity.*as many nodes again/);
    expect(notesOf({ pod: apart({ app: "other" }) })).to.equal("");
    expect(notesOf({ pod: { hostNetwork: true } })).to.match(
      /^spec\.template\.spec\.hostNetwork: .*network of its nodes/,
    );
  });
});
