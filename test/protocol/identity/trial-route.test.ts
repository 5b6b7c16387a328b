import { expect } from "chai";
import { trialHost, trialSpec, whyNotTried } from "../../../protocol/identity/trial-route.ts";
import { withProbeRule } from "../../../protocol/traffic/probe-rule.ts";
import { routeSpec } from "../../../protocol/traffic/route-shape.ts";

const ATTEMPT = "0b0e6c3a";

const route = {
  parentRefs: [{ name: "public", namespace: "infra", sectionName: "https" }],
  hostnames: ["shop.example.com"],
  rules: [
    {
      matches: [{ path: { type: "PathPrefix", value: "/admin" } }],
      backendRefs: [{ name: "admin", port: 80 }],
    },
    {
      filters: [
        {
          type: "ResponseHeaderModifier",
          responseHeaderModifier: { set: [{ name: "x-frame", value: "deny" }] },
        },
      ],
      backendRefs: [
        { name: "shop-blue", port: 80, weight: 100 },
        { name: "shop-green", port: 80, weight: 0 },
      ],
    },
  ],
};

function tried() {
  const probed = withProbeRule(route, [{ name: "shop" }], { attempt: ATTEMPT, path: "/version" });
  if (!("spec" in probed)) throw new Error(probed.why);
  return { probed: routeSpec.parse(probed.spec), trial: routeSpec.parse(trialSpec(probed.spec, ATTEMPT)) };
}

describe("the route on which a gateway is tried", () => {
  it("is for a host that nobody else asks for, at the same Gateways", () => {
    const { trial, probed } = tried();
    expect(trial.hostnames).to.deep.equal([`${ATTEMPT}.zero-downtime.invalid`]);
    expect(trialHost(ATTEMPT)).to.equal(trial.hostnames?.[0]);
    expect(trial.parentRefs).to.deep.equal(probed.parentRefs);
  });

  it("has the rule for the probe as it is to stand in the user's route, and no other", () => {
    const { trial, probed } = tried();
    expect(trial.rules).to.have.length(1);
    const rule = probed.rules.find(({ matches }) => matches[0]?.headers?.length === 1);
    expect(trial.rules[0]?.matches).to.deep.equal(rule?.matches);
    expect(trial.rules[0]?.backendRefs).to.deep.equal(rule?.backendRefs);
  });

  it("shows by a header of the whole rule that it answers, beside what the user adds", () => {
    const { trial } = tried();
    expect(trial.rules[0]?.filters).to.deep.equal([
      {
        type: "ResponseHeaderModifier",
        responseHeaderModifier: {
          set: [
            { name: "x-frame", value: "deny" },
            { name: "x-zero-downtime-trial", value: ATTEMPT },
          ],
        },
      },
    ]);
  });

  it("is not made of a route without a rule for the probe", () => {
    expect(() => trialSpec(route, ATTEMPT)).to.throw(RangeError, /no rule for the probe/);
  });

  it("is needed before the user's route gets such a rule, and must be accepted", () => {
    expect(whyNotTried(undefined)).to.include("has not been tried yet");
    const status = (accepted: string) => ({
      metadata: { name: "shop-trial", generation: 1 },
      status: {
        parents: [
          {
            parentRef: { name: "public" },
            conditions: ["Accepted", "ResolvedRefs"].map((type) => ({
              type,
              status: accepted,
              reason: "UnsupportedValue",
              message: "filters of backends",
              observedGeneration: 1,
            })),
          },
        ],
      },
    });
    expect(whyNotTried(status("True"))).to.equal(null);
    expect(whyNotTried(status("False"))).to.equal(
      "the Gateway public does not accept the HTTPRoute shop-trial: UnsupportedValue: filters of backends",
    );
  });
});
