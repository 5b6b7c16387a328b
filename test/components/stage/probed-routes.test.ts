import { expect } from "chai";
import { writtenForProbe } from "../../../components/stage/probed-routes.ts";
import type { StageContext } from "../../../components/stage/stage-context.ts";
import { configSchema } from "../../../protocol/config/config-schema.ts";
import { routeSpec } from "../../../protocol/traffic/route-shape.ts";
import { at, stable } from "../../release/releases.ts";
import { contextOf } from "./jobs-of-stage.ts";

/** A rung of a canary, where config has the gateway name who answers. */
function context(more: Partial<StageContext> = {}, identity = "entrance"): StageContext {
  const base = stable("canary", true);
  const rung = at(base, { phase: "canary", active: "blue", weight: 5 });
  const before = at(base, { phase: "deploy", active: "blue" });
  const plain = contextOf(rung, { release: before, tested: {} }, 4);
  const app = configSchema.shape.app.parse({ name: "shop", identity });
  const canary = configSchema.shape.canary.parse({ stickiness: { cookie: "shop-version" } });
  return { ...plain, config: { ...plain.config, app, canary }, untried: null, ...more };
}

const headersIn = (rule: ReturnType<typeof routeSpec.parse>["rules"][number]) =>
  rule.matches.flatMap(({ headers = [] }) => headers.map(({ name }) => name));

describe("what is written for the probe", () => {
  it("is a rule more in the route, right before the one for everybody, with the stage's weights", () => {
    const { specs } = writtenForProbe(context());
    expect([...specs.keys()]).to.deep.equal(["shop"]);
    const { rules } = routeSpec.parse(specs.get("shop"));
    const [probed, everybody] = rules.slice(-2);
    if (!probed || !everybody) throw new Error("Expected two rules");
    expect(headersIn(probed)).to.deep.equal(["x-zero-downtime-probe"]);
    expect(headersIn(everybody)).to.deep.equal([]);
    expect(probed.backendRefs?.map(({ name, weight }) => [name, weight])).to.deep.equal([
      ["shop-blue", 95],
      ["shop-green", 5],
    ]);
    // Users who stay are sent by rules of their own, as without it.
    expect(rules.flatMap(headersIn)).to.include("Cookie");
  });

  it("is that rule on a route for the attempt's own host", () => {
    const { trial } = writtenForProbe(context());
    const { hostnames, rules } = routeSpec.parse(trial);
    expect(hostnames).to.deep.equal(["attempt-42.zero-downtime.invalid"]);
    expect(rules).to.have.length(1);
  });

  it("is that route alone until a gateway has accepted it", () => {
    const { specs, trial } = writtenForProbe(context({ untried: "the Gateway has not been tried yet" }));
    expect(specs.size).to.equal(0);
    expect(trial).not.to.equal(null);
  });

  it("is nothing where config does not ask for it, or no route leads to the application", () => {
    const nothing = { specs: new Map(), trial: null };
    expect(writtenForProbe(context({}, "endpoints"))).to.deep.equal(nothing);
    const elsewhere = context();
    const versionOf: StageContext["versionOf"] = (slot) => {
      const version = elsewhere.versionOf(slot);
      const objects = version.entrances.objects.map((object) => ({
        ...object,
        spec: { rules: [{ backendRefs: [{ name: "other", port: 80 }] }] },
      }));
      return { ...version, entrances: { ...version.entrances, objects } };
    };
    expect(writtenForProbe({ ...elsewhere, versionOf })).to.deep.equal(nothing);
  });
});
