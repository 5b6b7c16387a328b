import type { VersionObjects } from "../../manifests/version-objects.ts";
import type { ImageDigests } from "../../manifests/prepare/other-images.ts";
import { versionDigest } from "../../manifests/version-digest.ts";
import { pack, type ColourRecord } from "../../protocol/state/colour-record.ts";
import { asJson, type Slot } from "../../release/release.ts";

/**
 * The record of a slot that consists of these objects.
 *
 * @param images that the objects name by digest in place of a tag
 */
export function recordOf(
  key: string,
  { version, image, schema }: Slot,
  name: string,
  objects: VersionObjects,
  images: ImageDigests = {},
): ColourRecord {
  return {
    format: 1,
    version,
    image,
    schema,
    digest: versionDigest(key, objects),
    web: name,
    entrances: objects.entrances,
    ...(Object.keys(images).length > 0 ? { images } : {}),
    objects: pack(asJson(objects)),
  };
}
