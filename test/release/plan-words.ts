import { plan, type Standing } from "../../release/plan.ts";
import type { Release } from "../../release/release.ts";

/** The steps of a stage in a few words each, in order. */
export const words = (release: Release, origin: Standing | null) =>
  plan(release, origin).steps.map((step) => {
    const object =
      "workload" in step
        ? step.workload
        : "goal" in step
          ? step.goal
          : "colours" in step
            ? step.colours.join("+")
            : "slot" in step
              ? step.slot.version
              : "";
    return `${step.do} ${object}`.trim();
  });
