import type { VersionObjects } from "../../manifests/version-objects.ts";
import { keyedDigest, pack, type ColourRecord } from "../../protocol/state/colour-record.ts";
import { asJson, type Slot } from "../../release/release.ts";

/** The record of a slot that consists of these objects. */
export function recordOf(
  key: string,
  { version, image, schema }: Slot,
  name: string,
  objects: VersionObjects,
): ColourRecord {
  const { replicas: _, ...web } = objects.web;
  return {
    format: 1,
    version,
    image,
    schema,
    // Size is not content: more pods of the same need no new tests.
    digest: keyedDigest(key, asJson({ ...objects, web })),
    web: name,
    entrances: objects.entrances,
    objects: pack(asJson(objects)),
  };
}
