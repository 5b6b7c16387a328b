import { createHash } from "node:crypto";
import { canonical, type Json, type JsonObject, type Release, type Slot } from "./release.ts";

/**
 * The settings that shape a pod; size, tests and traffic do not. Names are missing, as they never
 * change in a stack. A setting added later must be left out of the digest while it has its default:
 * otherwise an upgrade of the program in mid-release would forget tests and verdicts.
 */
const OF_APP = [
  ...["env", "envFrom", "imagePullSecrets", "liveness", "longestRequestSeconds", "port", "preStopSeconds"],
  ...["readiness", "resources", "startSeconds", "writable"],
] as const;
const OF_DATABASE = ["host", "name", "port", "sslmode"] as const;

/**
 * Digest of all that a slot's pods consist of: two slots with the same one run the same. Tests and
 * verdicts are remembered by it.
 */
export function slotDigest(
  { version, image, schema, content, logins }: Slot,
  { settings }: Pick<Release, "settings">,
): string {
  const database = only(OF_DATABASE, settings.database);
  const own = { version, image, schema, database, ...(logins === undefined ? {} : { logins }) };
  const consists = content === undefined ? { ...own, app: only(OF_APP, settings.app) } : { ...own, content };
  return digestOf(consists);
}

/**
 * A digest of something that is in clear elsewhere too: sixteen hexadecimal digits. Of secrets it
 * could be guessed.
 */
export const digestOf = (content: Json): string =>
  createHash("sha256").update(canonical(content)).digest("hex").slice(0, 16);

/**
 * Whether a mark stands for what the slot's pods consist of. Programs before there were digests
 * wrote the image alone, which still counts.
 */
export const isMarkOf = (mark: string | undefined, slot: Slot, release: Pick<Release, "settings">): boolean =>
  mark === slot.image || mark === slotDigest(slot, release);

const only = (keys: readonly string[], values: JsonObject | null | undefined): JsonObject =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = values?.[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
