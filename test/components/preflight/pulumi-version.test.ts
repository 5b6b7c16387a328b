import { expect } from "chai";
import { refuseOlderPulumi } from "../../../components/preflight/pulumi-version.ts";
import { LEAST_VERSIONS } from "../../../protocol/least-versions.ts";

describe("the Pulumi CLI", () => {
  it("is asked for its least version, and let through where it has that", async () => {
    const ranges: string[] = [];
    await refuseOlderPulumi((range) => Promise.resolve(void ranges.push(range)));
    expect(ranges).to.deep.equal([`>=${LEAST_VERSIONS.pulumi.version}`]);
  });

  it("is refused in one line where it is older, or so old that it cannot be asked", async () => {
    const told = Object.assign(new Error("2 UNKNOWN: Pulumi CLI version 3.100.0 is not in the range"), {
      details: "Pulumi CLI version 3.100.0 is not in the range",
    });
    for (const [error, why] of [
      [told, "Pulumi CLI version 3.100.0 is not in the range"],
      [new Error("Please upgrade the Pulumi CLI"), "Please upgrade the Pulumi CLI"],
    ] as const) {
      const text = await refuseOlderPulumi(() => Promise.reject(error)).then(String, String);
      expect(text).to.match(/Cannot work with this CLI as Pulumi must be at least 3\.254\.0/);
      expect(text).to.include(`: ${why}. Upgrade it`);
      expect(text).to.match(/Nothing was changed\.$/);
    }
  });
});
