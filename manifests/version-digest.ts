import { keyedDigest } from "../protocol/state/colour-record.ts";
import { asJson } from "../release/release.ts";
import type { VersionObjects } from "./version-objects.ts";

/** A version's digest. Size is not content: more pods of the same need no new tests. */
export function versionDigest(key: string, objects: VersionObjects): string {
  const { replicas: _, ...web } = objects.web;
  return keyedDigest(key, asJson({ ...objects, web }));
}
