import type { Config } from "../../protocol/config/config-schema.ts";
import { formOf } from "../../protocol/config/form-of.ts";
import type { Entrances } from "../../protocol/traffic/entrance.ts";

/** How the probe is to know who answers: by config, or by who describes the application. */
export function chosenIdentity({
  app,
  traffic,
  manifests,
}: Pick<Config, "app" | "traffic" | "manifests">): NonNullable<Config["app"]["identity"]> {
  if (app.identity !== undefined) return app.identity;
  if (formOf({ manifests }) === "simple") return { header: app.colourHeader };
  return traffic.mode === "gateway" ? "entrance" : "endpoints";
}

/** The HTTPRoutes of which the probe has to see that a gateway has accepted them. */
export function routesToSee(
  config: Pick<Config, "app" | "traffic" | "manifests">,
  { objects }: Entrances,
): string[] {
  const isUntold = typeof chosenIdentity(config) === "string";
  if (!isUntold || config.traffic.mode !== "gateway") return [];
  return objects.filter(({ kind }) => kind === "HTTPRoute").map(({ name }) => name);
}
