import { expect } from "chai";
import { FAULT_NAMES, runCase, type Case } from "../../bench/release/cases.ts";
import { runSoak, type SoakName } from "../../bench/release/soaks.ts";

describe("the judge of simulated releases", function () {
  this.timeout("60s");

  const cases = (kind: Case["kind"], count: number) =>
    Array.from({ length: count }, (_, number) => runCase(kind, number));
  const verdicts = (some: readonly Case[]) => some.map(({ outcomes }) => outcomes.at(-1)?.verdict);

  it("fails 5 % failures against 0.1 %, at 100 a second and weight 5, before request 235 in 18 of 20 runs", () => {
    const soon = cases("headline", 200).filter(
      ({ outcomes: [stage] }) => stage?.verdict === "fail" && stage.requests < 235,
    );
    expect(soon.length).to.be.at.least(180);
  });

  it("passes healthy releases through all rungs and switch, whatever their traffic and background", () => {
    const healthy = cases("healthy", 24);
    expect(verdicts(healthy)).to.deep.equal(healthy.map(() => "pass"));
  });

  for (const fault of FAULT_NAMES)
    it(`lets no release through that has ${fault}`, () => {
      expect(verdicts(cases(fault, 12))).not.to.include("pass");
    });

  it("takes a few looks to fail a candidate that fails everything", () => {
    for (const { outcomes } of cases("100 % failures", 12)) expect(outcomes[0]?.seconds).to.be.below(20);
  });
});

describe("the judge of simulated soaks", function () {
  this.timeout("60s");

  const soaks = (name: SoakName, count: number) =>
    Array.from({ length: count }, (_, number) => runSoak(name, number));

  for (const name of [
    "as fast, slow spells four minutes apart",
    "slower by a tenth, slow spells four minutes apart",
    "as fast, slow spells a minute apart",
  ] as const)
    it(`fails none that is ${name}`, () => {
      expect(soaks(name, 20).map(({ verdict }) => verdict)).not.to.include("fail");
    });

  for (const name of [
    "twice as slow",
    "twice as slow, slow spells a minute apart",
    "three times as slow",
  ] as const)
    it(`fails each that is ${name} within two minutes`, () => {
      for (const { verdict, seconds } of soaks(name, 20)) {
        expect(verdict).to.equal("fail");
        expect(seconds).to.be.within(60, 120);
      }
    });
});
