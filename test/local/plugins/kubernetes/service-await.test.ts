import { expect } from "chai";
import type { AwaitContext } from "../../../../local/plugins/kubernetes/await/awaiter.ts";
import { awaitService } from "../../../../local/plugins/kubernetes/await/service.ts";
import type { Properties } from "../../../../local/plugins/protocol/values.ts";

const service = (spec: Properties): Properties => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "book", namespace: "shop" },
  spec,
});
const endpoints = (subsets: Properties[]): Properties => ({
  kind: "Endpoints",
  metadata: { name: "book" },
  subsets,
});

describe("a Service", () => {
  let settle: (() => void)[];
  beforeEach(() => {
    settle = [];
  });

  function awaiter(object: Properties) {
    const context: AwaitContext = {
      object,
      last: undefined,
      log: () => undefined,
      after: (milliseconds, then) => {
        expect(milliseconds).to.equal(10_000);
        settle.push(then);
      },
    };
    const made = awaitService(context);
    made.see("services", { type: "ADDED", object });
    return made;
  }

  it("is ready ten seconds after its endpoints changed last, even without any", () => {
    const waiting = awaiter(service({ selector: { colour: "blue" } }));
    waiting.see("endpoints", { type: "ADDED", object: endpoints([]) });
    expect(waiting.verdict().state).to.equal("waiting");
    settle.forEach((then) => then());
    expect(waiting.verdict().state).to.equal("ready");
  });

  it("is not ready while one of its endpoints is not", () => {
    const waiting = awaiter(service({ selector: { colour: "blue" } }));
    waiting.see("endpoints", {
      type: "ADDED",
      object: endpoints([{ notReadyAddresses: [{ ip: "10.0.0.1" }] }]),
    });
    settle.forEach((then) => then());
    expect(waiting.verdict().state).to.equal("waiting");
    expect(waiting.problems()[0]).to.contain("Service does not target any Pods");
  });

  it("waits for no endpoints when it has no selector or no address of its own", () => {
    expect(awaiter(service({})).verdict().state).to.equal("ready");
    expect(awaiter(service({ clusterIP: "None", selector: { a: "b" } })).verdict().state).to.equal("ready");
  });
});
