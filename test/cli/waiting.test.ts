import { expect } from "chai";
import { logsMeant, podList, type LoggedPod } from "../../cli/cluster/logged-pods.ts";
import { soakLeft } from "../../cli/moves/soak.ts";
import { verdictOn } from "../../cli/cluster/verdict.ts";
import { jobName, pullPod } from "../../protocol/names.ts";
import { releaseAt } from "../../release/release-at.ts";
import { recordOf } from "../release/records.ts";
import { stable } from "../release/releases.ts";

describe("the soak", () => {
  const base = { ...stable("blue-green", true), settings: { soak: 600 } };
  const switched = releaseAt(base, { phase: "switch", active: "green" });

  it("counts from the switch that the ledger records, or from the stage where it is newer or none is recorded", () => {
    expect(soakLeft(switched, 100, 120)).to.equal(500);
    expect(soakLeft(switched, 5000, 50)).to.equal(550);
    expect(soakLeft(switched, null, 50.5)).to.equal(550);
    expect(soakLeft(switched, 700, 710)).to.equal(0);
  });

  it("holds up no other stage", () => {
    expect(soakLeft(releaseAt(base, { phase: "retire", active: "green" }), 0, 0)).to.equal(0);
  });
});

describe("the guard's verdict", () => {
  const found = recordOf("new", { 1: "pass", 5: "inconclusive" });

  it("is that of the rung, and of the image, that is asked about", () => {
    expect(verdictOn({ found }, { image: "new" }, 1).verdict).to.equal("pass");
    expect(verdictOn({ found }, { image: "new" }, 5).sentence).to.equal("So it is.");
  });

  it("is never a pass by silence", () => {
    expect(verdictOn({ found: null }, { image: "new" }, 1).verdict).to.equal("inconclusive");
    expect(verdictOn({ found }, { image: "another" }, 1).verdict).to.equal("inconclusive");
    expect(verdictOn({ found }, { image: "new" }, 25).verdict).to.equal("inconclusive");
  });

  it("stays a fail for an image that has failed anywhere", () => {
    const failure = { watched: 5, sentence: "5 % failed.", at: "2026-01-02T03:04:05Z" } as const;
    expect(verdictOn({ found: { ...found, failed: failure } }, { image: "new" }, 1)).to.deep.equal({
      verdict: "fail",
      sentence: "5 % failed.",
    });
  });
});

describe("zd logs", () => {
  const job = (name: string, creationTimestamp: string, annotations = {}): LoggedPod => ({
    name: `${name}-abcde`,
    creationTimestamp,
    labels: { "batch.kubernetes.io/job-name": name },
    annotations,
    phase: "Succeeded",
    containers: [{ name: "job", waiting: null }],
  });
  const pods = [
    job("shop-probe-mabc123-0a1b2c", "2026-01-02T03:04:09Z"),
    job("shop-schema-expanded-mabc123-0a1b2c", "2026-01-02T03:04:05Z"),
    job("shop-ready-green-mabc123-0a1b2c", "2026-01-02T03:04:11Z", {
      "zero-downtime/checks": "ready-green smoke-green",
    }),
    {
      name: "shop-blue-1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { "zero-downtime/workload": "blue" },
      annotations: {},
      phase: "Running",
      containers: [{ name: "app", waiting: null }],
    },
  ];
  const titles = (what?: string) => logsMeant(pods, "shop", what).map(({ title }) => title);

  it("shows the Jobs in the order in which they ran, by the names of their steps", () => {
    expect(titles()).to.deep.equal(["schema-expanded", "probe", "ready-green"]);
  });

  it("shows one kind of Job, or a colour", () => {
    expect(titles("schema")).to.deep.equal(["schema-expanded"]);
    expect(titles("blue")).to.deep.equal(["blue"]);
    expect(titles("green")).to.deep.equal([]);
    expect(titles("smoke")).to.deep.equal(["ready-green"]);
  });

  it("knows Jobs, the guard and the pod that pulls by the same words, however long the application's name", () => {
    const app = "rel-prometheus-blackbox-exporter";
    const single = (name: string, labels = {}): LoggedPod => ({
      ...job("x", "2026-01-02T03:04:05Z"),
      name,
      labels,
    });
    const those = [
      job(jobName(app, "schema-expanded", 1_767_225_600_000, "0a1b2c"), "2026-01-02T03:04:05Z"),
      single(`${app}-guard-7d9f8b-x2x4z`.slice(0, 58), { "zero-downtime/job": "guard" }),
      single(pullPod(app, 1_767_225_600_000)),
    ];
    const named = (what: string) => logsMeant(those, app, what).map(({ pod }) => pod);
    expect(["schema", "guard", "pull"].map(named)).to.deep.equal(those.map(({ name }) => [name]));
  });

  it("shows every container of a pod that has several, and says of one without a log why it has none", () => {
    const listed = podList.parse({
      items: [
        {
          metadata: {
            name: "shop-green-1",
            creationTimestamp: "2026-01-01T00:00:00Z",
            labels: { "zero-downtime/workload": "green" },
          },
          status: {
            phase: "Pending",
            initContainerStatuses: [{ name: "wait", state: { terminated: { exitCode: 0 } } }],
            containerStatuses: [
              { name: "web", state: { waiting: { reason: "PodInitializing" } } },
              { name: "proxy", restartCount: 3, state: { waiting: { reason: "CrashLoopBackOff" } } },
            ],
          },
        },
      ],
    });
    const shown = logsMeant(listed.items, "shop", "green").map(({ title, state, isThere }) => [
      `${title} (${state})`,
      isThere,
    ]);
    expect(shown).to.deep.equal([
      ["green, container wait (Pending)", true],
      ["green, container web (Pending: PodInitializing)", false],
      ["green, container proxy (Pending)", true],
    ]);
  });

  it("names a pod that no node has taken yet", () => {
    const metadata = {
      name: "shop-blue-1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { "zero-downtime/workload": "blue" },
    };
    const { items } = podList.parse({ items: [{ metadata, status: { phase: "Pending" } }] });
    expect(logsMeant(items, "shop", "blue")).to.deep.equal([
      { title: "blue", pod: "shop-blue-1", container: "", state: "Pending", isThere: false },
    ]);
  });
});
