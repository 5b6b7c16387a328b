import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { JOBS_FORMAT } from "../../../components/config/jobs-format.ts";
import { Guard } from "../../../components/guard.ts";
import { publicEntrances } from "../../../components/stage/public-entrances.ts";
import type { StageContext } from "../../../components/stage/stage-context.ts";
import { SETTINGS_VARIABLE } from "../../../protocol/jobs/variables.ts";
import { describePlace, placeOf } from "../../../release/place.ts";
import { allPlaces, stable } from "../../release/releases.ts";
import { contextOf, jobsOf, settingsText } from "./jobs-of-stage.ts";

const WRITTEN = new URL("written-settings.txt", import.meta.url);

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly env: readonly { name: string; value: string }[] }[];
      };
    };
  };
}

describe("what the Jobs of a release are handed", () => {
  let guards: string[] = [];

  before(() =>
    pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          if (type.endsWith(":Deployment")) {
            const [container] = (inputs as Deployment).spec.template.spec.containers;
            guards.push(container?.env.find((one) => one.name === SETTINGS_VARIABLE)?.value ?? "");
          }
          return { id: name, state: inputs as object };
        },
        call: () => ({}),
      },
      "zero-downtime",
      "test",
      false,
      "organization",
    ),
  );

  async function guardsOf(context: StageContext): Promise<string[]> {
    guards = [];
    for (const step of context.plan.steps)
      if (step.do === "guard")
        new Guard(
          "guard",
          {
            ...context,
            ...step,
            digest: "0123456789abcdef",
            weights: context.plan.weights,
            entrances: publicEntrances(context),
            replicas: 2,
          },
          {},
        );
    await pulumi.runtime.disconnect();
    return guards.map((settings) => `guard ${settings}`);
  }

  it("is to the byte what an image reads that an earlier program built, as a release keeps its image", async () => {
    const lines: string[] = [];
    for (const [strategy, format] of [
      ["canary", 1],
      ["canary", 2],
      ["canary", 3],
      ["rolling", 3],
      ["canary", JOBS_FORMAT],
      ["rolling", JOBS_FORMAT],
    ] as const) {
      const places = allPlaces(stable(strategy, true));
      for (const [at, release] of places.entries()) {
        const before = places[at - 1];
        const context = contextOf(release, before ? { release: before, tested: {} } : null, format);
        const jobs = jobsOf(context).map(async (job) => `${job.program} ${await settingsText(job)}`);
        const written = [...(await Promise.all(jobs)), ...(await guardsOf(context))];
        const unseen = written.filter((line) => !lines.includes(line));
        if (unseen.length > 0)
          lines.push(`# ${strategy}, ${describePlace(placeOf(release))}, format ${format}`, ...unseen);
      }
    }
    // A change here is one for images that were built before: leave it out for their format in
    // jobs-format.ts, or be sure that they do not mind it. Only then write the lines down anew.
    expect(`${lines.join("\n")}\n`).to.equal(readFileSync(WRITTEN, "utf8"));
  });
});
