import { workloadUrl } from "../manifests/render/service.ts";
import { PHASES } from "../release/phases.ts";
import { schemaState, type StagePlan } from "../release/plan.ts";
import { describeMoves } from "../release/moves/moves.ts";
import { activeSlot, idleSlot, isMoving, type Release } from "../release/release.ts";
import { workloadOf } from "../release/workload.ts";
import type { Config } from "../protocol/config/config-schema.ts";
import { backendOf } from "../protocol/traffic/backends.ts";
import { publicEntrances } from "./stage/public-entrances.ts";
import type { StageContext } from "./stage/stage-context.ts";

/**
 * What an engineer wants to know of a stack: where the release stands, who serves, and what may
 * come next.
 */
export function outputs(
  config: Omit<Config, "databasePasswords">,
  release: Release,
  stage: StagePlan,
  versionOf: StageContext["versionOf"],
) {
  const { app, namespace, traffic } = config;
  const candidate = isMoving(release) ? idleSlot(release) : null;
  return {
    phase: release.phase,
    strategy: release.strategy,
    active: activeSlot(release).colour,
    weights: stage.weights,
    versions: {
      [release.from.colour]: release.from.version,
      ...(release.to && { [release.to.colour]: release.to.version }),
    },
    schema: schemaState(release),
    publicAddress:
      traffic.publicUrl ??
      backendOf(traffic).address(traffic, namespace, publicEntrances({ release, versionOf })).url,
    previewAddress:
      candidate && release.strategy !== "rolling"
        ? workloadUrl(versionOf(candidate).entrances, {
            cluster: { app: app.name, namespace },
            workload: workloadOf(release, candidate),
          })
        : null,
    next: describeMoves(release, PHASES[release.phase].drops),
  };
}
