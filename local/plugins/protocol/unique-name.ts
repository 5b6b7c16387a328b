import { createHash, randomBytes } from "node:crypto";

/**
 * A name with a random suffix of eight hexadecimal characters. The same seed and prefix give the
 * same name, so that a preview shows what the update makes.
 */
export function uniqueName(seed: Uint8Array, prefix: string, length = 8): string {
  if (seed.length === 0) return prefix + randomBytes(length).toString("hex").slice(0, length);
  return prefix + createHash("sha512").update(seed).update(prefix).digest("hex").slice(0, length);
}
