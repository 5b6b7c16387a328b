import { readinessPath } from "../../manifests/readiness-path.ts";
import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import { entranceProblems } from "../../protocol/traffic/route-problems.ts";

/** Why objects that are right by themselves do not fit what config says. */
export const configProblems = (
  config: Pick<Config, "traffic" | "canary" | "app">,
  objects: VersionObjects,
): string[] => [...entranceProblems(config, objects.entrances), ...untested(config, objects)];

/** What is not asked in a way that a Job can repeat has to be said in config. */
const untested = ({ app: { smoke } }: Pick<Config, "app">, { web }: VersionObjects): string[] =>
  smoke.length > 0 || readinessPath(web) !== null
    ? []
    : [
        `Container ${web.container} has no HTTP readiness probe of port ${web.port}, so nobody knows what a smoke test may ask. ` +
          `Set zero-downtime:app.smoke to a request and its answer, such as [{ path: /, expect: { status: 200 } }]`,
      ];
