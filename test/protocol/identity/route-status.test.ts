import { expect } from "chai";
import { routeProblem, routeStatus } from "../../../protocol/identity/route-status.ts";

const condition = (type: string, status = "True", more: object = {}) => ({
  type,
  status,
  reason: "Because",
  message: "It says so.",
  observedGeneration: 3,
  ...more,
});
const by = (name: string, ...conditions: object[]) => ({ parentRef: { name }, conditions });
const problem = (...parents: object[]) =>
  routeProblem(routeStatus.parse({ metadata: { name: "shop", generation: 3 }, status: { parents } }));

const taken = by("public", condition("Accepted"), condition("ResolvedRefs"));

describe("what gateways say of a route", () => {
  it("is nothing against it where one has accepted it as it is now", () => {
    expect(problem(taken)).to.equal(null);
  });

  it("is that one of several parents is enough: the user may have named others", () => {
    expect(problem(by("private", condition("Accepted", "False")), taken)).to.equal(null);
    expect(problem(by("nobody's"), taken)).to.equal(null);
  });

  it("counts only for the form that they saw", () => {
    const old = { observedGeneration: 2 };
    const unsaid = "no Gateway has said whether it accepts the HTTPRoute shop as it is now";
    expect(problem(by("public", condition("Accepted", "True", old), condition("ResolvedRefs")))).to.equal(
      unsaid,
    );
    expect(problem(by("public", condition("Accepted", "False", old)))).to.equal(unsaid);
    expect(problem()).to.equal(unsaid);
    expect(problem(by("public", condition("Accepted"), condition("ResolvedRefs", "True", old)))).to.equal(
      "the Gateway public has not said whether it finds all that the HTTPRoute shop refers to",
    );
  });

  it("is a refusal with its reason", () => {
    expect(problem(by("public", condition("Accepted", "False")))).to.equal(
      "the Gateway public does not accept the HTTPRoute shop: Because: It says so",
    );
    expect(problem(by("public", condition("Accepted"), condition("ResolvedRefs", "False")))).to.equal(
      "the Gateway public does not find all that the HTTPRoute shop refers to: Because: It says so",
    );
  });

  it("is a refusal also where only a part of it is left out", () => {
    expect(problem(by("public", ...taken.conditions, condition("PartiallyInvalid")))).to.equal(
      "the Gateway public leaves out a part of the HTTPRoute shop: Because: It says so",
    );
    expect(problem(by("public", ...taken.conditions, condition("PartiallyInvalid", "False")))).to.equal(null);
  });
});
