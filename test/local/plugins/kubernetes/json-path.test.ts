import { expect } from "chai";
import { parseQuery } from "../../../../local/plugins/kubernetes/await/json-path.ts";
import {
  jsonPathCondition,
  parseWaitFor,
  statusCondition,
} from "../../../../local/plugins/kubernetes/await/wait-for.ts";

const route = {
  metadata: { generation: 2 },
  status: {
    parents: [
      {
        controllerName: "a",
        conditions: [
          { type: "Accepted", status: "True", observedGeneration: 2 },
          { type: "ResolvedRefs", status: "False" },
        ],
      },
      { controllerName: "b", conditions: [] },
    ],
    count: 2,
  },
};

describe("JSONPath", () => {
  const select = (expression: string): unknown => parseQuery(expression)(route);

  it("selects by name, index, wildcard and at any depth", () => {
    expect(select("$.status.count")).to.deep.equal([2]);
    expect(select("$.status.parents[-1].controllerName")).to.deep.equal(["b"]);
    expect(select("$.status.parents[*]['controllerName']")).to.deep.equal(["a", "b"]);
    expect(select("$..type")).to.deep.equal(["Accepted", "ResolvedRefs"]);
    expect(select("$.nothing.here")).to.deep.equal([]);
  });

  it("filters by comparison, existence and their combinations", () => {
    const conditions = "$.status.parents[0].conditions";
    expect(select(`${conditions}[?(@.type=="Accepted")].status`)).to.deep.equal(["True"]);
    expect(select(`${conditions}[?@.type == 'Accepted' && @.observedGeneration >= 2].status`)).to.deep.equal([
      "True",
    ]);
    expect(select(`${conditions}[?!@.observedGeneration].type`)).to.deep.equal(["ResolvedRefs"]);
    expect(select(`${conditions}[?(@.type=="x" || @.status!="True")].type`)).to.deep.equal(["ResolvedRefs"]);
  });

  it("refuses what it does not know instead of selecting nothing", () => {
    expect(() => parseQuery("$.a[1:2]")).to.throw(SyntaxError);
    expect(() => parseQuery("$.a[?length(@) > 1]")).to.throw(SyntaxError);
    expect(() => parseQuery("$.a b")).to.throw(SyntaxError);
  });
});

describe("pulumi.com/waitFor", () => {
  it("waits for a value at a path, and for the path alone", () => {
    const accepted = jsonPathCondition('{.status.parents[0].conditions[?(@.type=="Accepted")].status}=True');
    expect(accepted(route).holds).to.equal(true);
    const resolved = jsonPathCondition(
      '{.status.parents[0].conditions[?(@.type=="ResolvedRefs")].status}=True',
    );
    expect(resolved(route)).to.deep.include({ holds: false });
    expect(jsonPathCondition("{.status.parents}")(route).holds).to.equal(true);
    expect(jsonPathCondition("{.status.other}")(route).message).to.equal("{.status.other} selected nothing");
  });

  it("looks for conditions in .status.conditions only, so that an HTTPRoute never has one", () => {
    expect(statusCondition("Accepted")(route)).to.deep.equal({
      holds: false,
      message: "Has no .status.conditions",
    });
  });

  it("does not take the status of an earlier generation for the present one", () => {
    const stale = {
      metadata: { generation: 3 },
      status: { conditions: [{ type: "Ready", status: "True", observedGeneration: 2 }] },
    };
    expect(statusCondition("Ready")(stale).holds).to.equal(false);
    expect(
      statusCondition("Ready=False")({ status: { conditions: [{ type: "Ready", status: "False" }] } }).holds,
    ).to.equal(true);
  });

  it("takes one condition or a list, and refuses anything else", () => {
    expect(parseWaitFor('["condition=Ready", "jsonpath={.status.phase}=Active"]')).to.have.lengthOf(2);
    expect(parseWaitFor("condition=Ready")).to.have.lengthOf(1);
    expect(() => parseWaitFor("Ready")).to.throw(
      'expected a "jsonpath=" or "condition=" prefix, got "Ready"',
    );
    expect(() => parseWaitFor("jsonpath=.status")).to.throw("should be wrapped in brackets { ... }");
    expect(() => parseWaitFor("jsonpath={.a}=b=c")).to.throw("format should be {.path}=value or {.path}");
    expect(() => parseWaitFor("[]")).to.throw("at least one condition must be specified");
  });
});
