import type { Config } from "../../protocol/config/config-schema.ts";
import { plan, type Standing } from "../../release/plan.ts";
import { activeSlot } from "../../release/release.ts";
import type { GateArgs } from "../gate.ts";
import { lookBack } from "../identity/look-back.ts";
import type { Past } from "../past.ts";
import { preflight } from "./preflight.ts";
import { stageNeeds } from "./stage-needs.ts";
import type { Versions } from "../versions/prepare-versions.ts";

/**
 * What the gate has to know of a stage before anything is written: why its versions cannot be
 * prepared, whether the cluster will take what it is about to write, and what earlier attempts have
 * left there.
 */
export function beforehand(
  config: Omit<Config, "databasePasswords">,
  versions: Versions,
  past: Past,
): Required<Pick<GateArgs, "problems" | "ask" | "look">> {
  const { release, of, files, problems } = versions;
  const { cluster, namespace } = config;
  return {
    problems,
    ask: (origin: Standing | null) => {
      const needs = stageNeeds({ config, release, plan: plan(release, origin), versionOf: of, files });
      return preflight({ cluster, namespace, known: past.objects, ...needs });
    },
    look: (origin: Standing | null) => {
      const { entrances } = of(activeSlot(release));
      const { steps } = plan(release, origin);
      return lookBack(config, { entrances, steps, past });
    },
  };
}
