import type { VersionObjects } from "../version-objects.ts";
import { containersOf, prepareContainers, type PodTemplate } from "./pods/containers.ts";
import { prepared } from "./told.ts";

const templateOf = ({ web }: Pick<VersionObjects, "web">): PodTemplate => web.template;

/**
 * Images of a version's pods that are named by a tag, as whoever owns the tag may give it to
 * another one: then two pods of the same version run different ones.
 */
export const taggedImages = (version: Pick<VersionObjects, "web">): string[] => [
  ...new Set(
    containersOf(templateOf(version)).flatMap(({ object: { image } }) =>
      typeof image === "string" && !image.includes("@") ? [image] : [],
    ),
  ),
];

/** The version with images by their digests, for as many as are known. */
export function withDigests<Version extends Pick<VersionObjects, "web">>(
  version: Version,
  digests: Readonly<Record<string, string>>,
): Version {
  const { value: template } = prepareContainers(templateOf(version), ({ object }) => {
    const { image } = object;
    const known = typeof image === "string" ? digests[image] : undefined;
    return prepared(known === undefined ? object : { ...object, image: known });
  });
  return { ...version, web: { ...version.web, template } };
}
