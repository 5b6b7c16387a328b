import { simpleVersion } from "../../manifests/simple/simple-version.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import { databaseEnvironment } from "../../protocol/database-environment.ts";
import type { Slot } from "../../release/release.ts";

/** What a slot consists of where config describes the application. */
export const simpleVersionOf = (
  { app, traffic, database }: Pick<Config, "app" | "traffic" | "database">,
  slot: Slot,
): VersionObjects =>
  simpleVersion({
    app,
    traffic,
    slot,
    environment:
      database && slot.logins === undefined ? databaseEnvironment(database, app.name, slot.colour) : [],
  });
