import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { coursesOf, SIGHTING_OF } from "./bench/stages/course.ts";
import { hearEvents } from "./bench/stages/hear-events.ts";
import { milestonesOf, operationsOf } from "./bench/stages/operations.ts";
import { HEARD, JOB, MARK, pod, SIGHTINGS, told } from "./bench/stages/stage-for-tests.ts";

describe("what an engine tells of a stage", () => {
  it("is each operation on a resource of a plugin, in order, with its beginning and its end", () => {
    expect(operationsOf(HEARD)).to.deep.equal([
      { name: "entered", kind: "Stash", what: "update", from: 2_100, to: 2_150 },
      { name: "probe", kind: "Job", what: "delete-replaced", from: 2_300, to: 2_500 },
      { name: "probe", kind: "Job", what: "create-replacement", from: 2_500, to: 7_000 },
    ]);
  });

  it("is no operation in a preview, and where nothing changes", () => {
    const planned = [
      told(1, "resourcePreEvent", MARK, { planning: true }),
      told(2, "resOutputsEvent", MARK, { planning: true }),
    ];
    expect(operationsOf(planned)).to.deep.equal([]);
    expect(operationsOf(HEARD.slice(0, 4))).to.deep.equal([]);
  });

  it("shows when it had started, and when the program had", () => {
    expect(milestonesOf(HEARD)).to.deep.equal({ firstEvent: 800, firstResource: 2_000, lastDone: 7_100 });
    expect(milestonesOf([])).to.deep.equal({
      firstEvent: undefined,
      firstResource: undefined,
      lastDone: undefined,
    });
  });

  it("is read from its file, also where an event comes in two pieces", () => {
    const folder = mkdtempSync(join(tmpdir(), "zero-downtime-events-"));
    try {
      const file = join(folder, "events");
      const hearing = hearEvents(file);
      appendFileSync(file, '{"sequence":1}\n{"sequ');
      appendFileSync(file, 'ence":2,"stdoutEvent":{"message":"grün"}}\n');
      expect(hearing.end().map(({ event }) => event)).to.deep.equal([
        { sequence: 1 },
        { sequence: 2, stdoutEvent: { message: "grün" } },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("what a watch tells of a stage", () => {
  it("is what each object has reached by now", () => {
    const labels = { "batch.kubernetes.io/job-name": JOB };
    const status = {
      conditions: [
        { type: "PodScheduled", status: "True" },
        { type: "Ready", status: "False" },
      ],
      containerStatuses: [{ state: { terminated: { exitCode: 0 } } }],
    };
    expect(SIGHTING_OF.pod(7, { metadata: { name: "probe-1", labels }, status })).to.deep.equal({
      at: 7,
      kind: "pod",
      name: "probe-1",
      job: JOB,
      workload: undefined,
      marks: ["created", "scheduled", "started", "finished"],
    });
    const conditions = [{ type: "SuccessCriteriaMet", status: "True" }];
    expect(SIGHTING_OF.job(8, { metadata: { name: JOB }, status: { conditions } })?.marks).to.deep.equal([
      "created",
      "criteria",
    ]);
    expect(SIGHTING_OF.job(8, { metadata: { name: JOB }, status: {} })?.marks).to.deep.equal(["created"]);
  });

  it("is what the kubelet says of a pod, and nothing that others say", () => {
    const involvedObject = { kind: "Pod", name: "probe-1" };
    expect(SIGHTING_OF.event(9, { reason: "Started", involvedObject })).to.deep.equal(
      pod(9, "probe-1", ["started"]),
    );
    expect(SIGHTING_OF.event(9, { reason: "Killing", involvedObject })).to.equal(null);
    expect(SIGHTING_OF.event(9, { reason: "Pulled", involvedObject: { kind: "Job", name: JOB } })).to.equal(
      null,
    );
  });

  it("makes the course of each object, by the first time that each mark was seen", () => {
    const [ofJob, ofPod] = coursesOf(SIGHTINGS);
    expect(ofJob?.reached).to.deep.equal({ created: 2_600, criteria: 6_000, complete: 6_800 });
    expect(ofPod).to.deep.include({ name: "probe-1", job: JOB });
    expect(ofPod?.reached).to.deep.equal({
      created: 2_700,
      scheduled: 2_720,
      pulled: 3_000,
      started: 3_300,
      finished: 5_100,
    });
  });

  it("makes no course of what was only spoken of", () => {
    expect(coursesOf([pod(1, "of-before", ["pulled"])])).to.deep.equal([]);
  });
});
