import { expect } from "chai";
import fc from "fast-check";
import { plan, type Standing } from "../../release/plan.ts";
import type { Place } from "../../release/place.ts";
import type { Release } from "../../release/release.ts";
import type { Step } from "../../release/step.ts";
import { tasksOf, type Task } from "../../release/tasks.ts";
import { allPlaces, anyStable, at, stable } from "./releases.ts";

const word = (step: Step): string =>
  ["do" in step ? step.do : "", "workload" in step ? step.workload : "", "goal" in step ? step.goal : ""]
    .filter((part) => part !== "")
    .join(" ");

const stepsOf = (task: Task): readonly Step[] => ("checks" in task ? task.checks : [task.step]);
const wordsOf = (task: Task): string => stepsOf(task).map(word).join(", ");

/** The tasks of a stage, each with what it waits for of those just before it. */
const tasks = (release: Release, origin: Standing | null) => tasksOf(plan(release, origin).steps);

/** Whether a task waits for another, by way of others too. */
function waitsFor(list: readonly Task[], one: number, other: number): boolean {
  return (list[one]?.after ?? []).some((index) => index === other || waitsFor(list, index, other));
}

describe("the tasks of a stage", () => {
  const base = stable("canary", true);
  const inPlace = (place: Place) => at(base, place);
  const tested = {
    blue: base.from.image,
    green: inPlace({ phase: "deploy", active: "blue" }).to?.image ?? "",
  };
  const from = (place: Place): Standing => ({ release: inPlace(place), tested });
  const wordsIn = (place: Place, origin: Standing) => tasks(inPlace(place), origin).map(wordsOf);

  it("let one pod prove the candidate ready, smoke-test it and warm it up", () => {
    const origin = { ...from({ phase: "backfill", active: "blue" }), tested: { blue: base.from.image } };
    expect(wordsIn({ phase: "deploy", active: "blue" }, origin)).to.deep.equal([
      "run blue",
      "ready blue",
      "traffic",
      "probe",
      "run green",
      "ready green, smoke green, warm-up green, logged-in green",
      "schema verified",
      "verdict",
    ]);
  });

  it("let one pod prove both colours ready before a rung, and one probe and prove after the switch", () => {
    expect(
      wordsIn(
        { phase: "canary", active: "blue", weight: 25 },
        from({ phase: "canary", active: "blue", weight: 5 }),
      ),
    ).to.deep.equal([
      "run blue",
      "run green",
      "ready blue, ready green",
      "schema intact",
      "verdict",
      "guard",
      "traffic",
      "probe",
    ]);
    expect(
      wordsIn({ phase: "switch", active: "green" }, from({ phase: "deploy", active: "blue" })),
    ).to.deep.equal([
      "run green",
      "ready green",
      "schema intact",
      "verdict",
      "guard",
      "traffic",
      "run blue",
      "probe, ready blue",
      "schema verified",
    ]);
  });

  it("read rows beside checks, and nowhere before what they have to wait for", () => {
    const list = tasks(
      inPlace({ phase: "switch", active: "green" }),
      from({ phase: "deploy", active: "blue" }),
    );
    const place = (words: string) => list.findIndex((task) => wordsOf(task) === words);
    expect(waitsFor(list, place("schema verified"), place("probe, ready blue"))).to.equal(false);
    expect(waitsFor(list, place("schema verified"), place("traffic"))).to.equal(true);
    expect(waitsFor(list, place("schema intact"), place("ready green"))).to.equal(false);
    for (const awaited of ["ready green", "schema intact", "verdict"])
      expect(waitsFor(list, place("guard"), place(awaited)), awaited).to.equal(true);
  });

  it("keep every step once and in order, but for proofs that only read rows", () => {
    fc.assert(
      fc.property(anyStable, fc.nat(), fc.option(fc.nat()), (any, one, two) => {
        const places = allPlaces(any);
        const release = places[one % places.length] ?? any;
        const origin = two === null ? null : (places[two % places.length] ?? any);
        const { steps } = plan(release, origin && { release: origin, tested: {} });
        const list = tasksOf(steps);
        const isReading = (step: Step) =>
          step.do === "schema" && ["verified", "intact", "contractible"].includes(step.goal);
        expect(list.flatMap(stepsOf)).to.have.members(steps);
        const taskOf = (step: Step) => list.findIndex((task) => stepsOf(task).includes(step));
        for (const [index, step] of steps.entries())
          for (const later of steps.slice(index + 1)) {
            const [before, after] = [taskOf(step), taskOf(later)];
            if (before === after || isReading(step) || isReading(later)) continue;
            expect(waitsFor(list, after, before), `${word(later)} after ${word(step)}`).to.equal(true);
          }
      }),
    );
  });

  it("give pods that are replaced one by one nothing before every proof", () => {
    const rolling = stable("rolling", true);
    const list = tasks(at(rolling, { phase: "roll", active: "green" }), {
      release: at(rolling, { phase: "backfill", active: "blue" }),
      tested: {},
    });
    const verified = list.findIndex((task) => wordsOf(task) === "schema verified");
    expect(
      waitsFor(
        list,
        list.findIndex((task) => wordsOf(task) === "run rolling"),
        verified,
      ),
    ).to.equal(true);
  });
});
