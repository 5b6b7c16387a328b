import type { Path } from "../pod-references.ts";
import { isJsonObject, type JsonObject } from "../../release/release.ts";
import type { VersionObjects } from "../version-objects.ts";
import { containersOf, objectsIn, prepareContainers, type PodTemplate } from "./pods/containers.ts";
import { prepared } from "./told.ts";

/** Digests of images, by the tags that stand in the files: `logs:1` → `logs@sha256:…`. */
export type ImageDigests = Readonly<Record<string, string>>;

/** An image of a version's pods that is named by a tag. */
export interface TaggedImage {
  readonly image: string;
  /** As in `init container wait` or `volume tools`. */
  readonly title: string;
  /** Where it is in the Deployment, as the files have it. */
  readonly path: Path;
  /**
   * Whether nodes ever ask a registry for it. One that is never pulled is there by its tag alone,
   * and no registry knows which it is.
   */
  readonly isPulled: boolean;
}

const templateOf = ({ web }: Pick<VersionObjects, "web">): PodTemplate => web.template;

/**
 * Images of a version's pods that are named by a tag, as whoever owns the tag may give it to
 * another one: then two pods of the same version run different ones.
 */
export const taggedImages = (version: Pick<VersionObjects, "web">): TaggedImage[] =>
  namedImages(templateOf(version)).filter(({ image }) => !image.includes("@"));

function namedImages(template: PodTemplate): TaggedImage[] {
  const containers = containersOf(template).flatMap(({ title, path, object }) => {
    const { image, imagePullPolicy } = object;
    return typeof image === "string"
      ? [{ image, title, path: [...path, "image"], isPulled: imagePullPolicy !== "Never" }]
      : [];
  });
  const volumes = objectsIn(template.spec["volumes"]).flatMap(({ name, image }, index) => {
    if (!isJsonObject(image) || typeof image["reference"] !== "string") return [];
    const path = ["spec", "template", "spec", "volumes", index, "image", "reference"];
    const { reference, pullPolicy } = image;
    return [{ image: reference, title: `volume ${String(name)}`, path, isPulled: pullPolicy !== "Never" }];
  });
  return [...containers, ...volumes];
}

/** The version with images by their digests, for as many as are known. */
export function withDigests<Version extends Pick<VersionObjects, "web">>(
  version: Version,
  digests: ImageDigests,
): Version {
  const { value } = prepareContainers(templateOf(version), ({ object }) =>
    prepared(withDigest(object, "image", object["imagePullPolicy"], digests)),
  );
  const volumes = objectsIn(value.spec["volumes"]).map((volume) =>
    isJsonObject(volume["image"])
      ? {
          ...volume,
          image: withDigest(volume["image"], "reference", volume["image"]["pullPolicy"], digests),
        }
      : volume,
  );
  const template = volumes.length === 0 ? value : { ...value, spec: { ...value.spec, volumes } };
  return { ...version, web: { ...version.web, template } };
}

function withDigest(
  object: JsonObject,
  key: "image" | "reference",
  pullPolicy: unknown,
  digests: ImageDigests,
): JsonObject {
  const image = object[key];
  if (typeof image !== "string" || pullPolicy === "Never" || !Object.hasOwn(digests, image)) return object;
  return { ...object, [key]: digests[image] ?? image };
}
