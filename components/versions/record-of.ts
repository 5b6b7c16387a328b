import type { VersionObjects } from "../../manifests/version-objects.ts";
import { keyedDigest, pack, type ColourRecord } from "../../protocol/state/colour-record.ts";
import { asJson, type Slot } from "../../release/release.ts";

/** The record of a slot that consists of these objects. */
export function recordOf(
  key: string,
  { version, image, schema }: Slot,
  web: string,
  objects: VersionObjects,
): ColourRecord {
  const content = asJson(objects);
  return {
    format: 1,
    version,
    image,
    schema,
    digest: keyedDigest(key, content),
    web,
    entrances: objects.entrances,
    objects: pack(content),
  };
}
