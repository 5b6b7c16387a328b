import { simpleVersion } from "../../manifests/simple/simple-version.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Slot } from "../../release/release.ts";
import type { StageContext } from "./stage-context.ts";

/** What a slot consists of. */
export const versionOf = (
  { config, database }: Pick<StageContext, "config" | "database">,
  slot: Slot,
): VersionObjects =>
  simpleVersion({
    app: config.app,
    traffic: config.traffic,
    slot,
    environment: database?.environment(slot.colour) ?? [],
  });
