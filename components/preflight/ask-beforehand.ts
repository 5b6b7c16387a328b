import type { Config } from "../../protocol/config/config-schema.ts";
import { plan, type Standing } from "../../release/plan.ts";
import type { Past } from "../past.ts";
import type { Versions } from "../versions/prepare-versions.ts";
import { preflight } from "./preflight.ts";
import { stageNeeds } from "./stage-needs.ts";

/**
 * The question that the gate asks of a stage: whether the cluster will take what it is about to
 * write.
 *
 * @throws {pulumi.RunError} with every reason against the stage
 */
export const askBeforehand =
  (config: Omit<Config, "databasePasswords">, { release, of, files }: Versions, past: Past) =>
  (origin: Standing | null): Promise<void> => {
    const needs = stageNeeds({ config, release, plan: plan(release, origin), versionOf: of, files });
    const { cluster, namespace } = config;
    return preflight({ cluster, namespace, known: past.objects, ...needs });
  };
