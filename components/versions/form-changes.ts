import type { VersionObjects } from "../../manifests/version-objects.ts";
import { configKey, configSecret, workloadName } from "../../protocol/names.ts";
import type { Config } from "../../protocol/config/config-schema.ts";
import {
  activeSlot,
  canonical,
  isJsonObject,
  isMoving,
  type Colour,
  type Release,
  type Slot,
} from "../../release/release.ts";

/** A stage, and the one before it. */
export interface FormChange {
  readonly release: Release;
  /** The colour that is prepared in it. */
  readonly colour: Colour | null;
  /** The completed stage; null: there is none. */
  readonly before: Release | null;
  readonly of: (slot: Slot) => Pick<VersionObjects, "web">;
}

/**
 * Why what serves would not survive a change of who describes the application, config or its
 * manifests.
 */
export const formChanges = (config: Pick<Config, "app" | "replicas">, change: FormChange): string[] => [
  ...otherSelector(config, change),
  ...withoutAutoscaler(config, change),
  ...withoutSecret(config, change),
];

/** A Deployment's selector never changes: the engine would delete it, with all its pods. */
function otherSelector({ app }: Pick<Config, "app">, { release, colour, of }: FormChange): string[] {
  if (release.strategy !== "rolling" || !isMoving(release) || colour !== release.to.colour) return [];
  const [was, is] = [of(release.from).web.selector, of(release.to).web.selector];
  if (canonical(was) === canonical(is)) return [];
  const words = (selector: Readonly<Record<string, string>>) =>
    Object.entries(selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  return [
    `Cannot replace the pods of ${release.from.version} by those of ${release.to.version} one by one: as one is described by config and the other by manifests, ` +
      `they are found by other labels (${words(was)} and ${words(is)}), and the selector of Deployment ${workloadName(app.name, "rolling")} can never change. ` +
      `Release this version with another strategy: set ${configKey("strategy")} to blue-green in stable, in an up of its own, and to rolling again once it serves.`,
  ];
}

/** Nobody scales what serves any more: it would fall to the autoscaler's least. */
function withoutAutoscaler(
  { replicas }: Pick<Config, "replicas">,
  { release, before }: FormChange,
): string[] {
  const slot = activeSlot(release);
  const was = before && activeSlot(before);
  const autoscale = before?.settings.app?.["autoscale"];
  const isAdopted = was?.content === undefined && slot.content !== undefined && was?.colour === slot.colour;
  if (!isAdopted || !isJsonObject(autoscale) || replicas > 0) return [];
  return [
    `Cannot take ${configKey("app.autoscale")} from ${slot.version}, which serves, without knowing how many pods it is to have: ` +
      `an autoscaler cannot be released from manifests yet. Set ${configKey("replicas")} to as many as serve now, or more.`,
  ];
}

/** Pods that serve could not start again without the Secret of what config encrypts. */
function withoutSecret({ app }: Pick<Config, "app">, { release, before, of }: FormChange): string[] {
  const slot = activeSlot(release);
  const was = before && activeSlot(before);
  const isAdopted = was?.content === undefined && slot.content !== undefined && was?.colour === slot.colour;
  const secret = new RegExp(`"${configSecret(app.name, "")}[0-9a-f]+"`);
  if (!isAdopted || !secret.test(JSON.stringify(of(slot).web.template))) return [];
  return [
    `Cannot take values that ${configKey("app.env")} encrypts from ${slot.version}, which serves: its pods read them from a Secret that goes with them. ` +
      `First release a version that names a Secret of your own, ${configKey("app.env")}: { NAME: { secret, key } }, and name the manifests after it.`,
  ];
}
