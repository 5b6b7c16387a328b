/** An image as people name it. */
export interface ImageReference {
  /** Host and port of the registry. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** Set where the reference names a digest already. */
  readonly digest: string | null;
}

const DEFAULT_REGISTRY = "registry-1.docker.io";

/** Names of the registry that an image without one comes from. */
const HUB = ["docker.io", "index.docker.io", DEFAULT_REGISTRY];

/**
 * Parses `[registry/]repository[:tag][@digest]` as docker does: without a registry it is Docker
 * Hub, without a tag `latest`.
 *
 * @throws {RangeError} where it is not a reference
 */
export function imageReference(text: string): ImageReference {
  const match =
    /^(?:(?<registry>(?:[a-z0-9.-]+\.[a-z0-9.-]+|localhost|[a-z0-9.-]+(?=:\d))(?::\d+)?)\/)?(?<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/.exec(
      text,
    );
  const { registry, repository, tag, digest } = match?.groups ?? {};
  if (repository === undefined) {
    throw new RangeError(
      `Cannot read ${JSON.stringify(text)} as an image: it must look like registry.example.com/shop:2.0.0`,
    );
  }
  const isHub = registry === undefined || HUB.includes(registry);
  return {
    registry: isHub ? DEFAULT_REGISTRY : registry,
    repository: isHub && !repository.includes("/") ? `library/${repository}` : repository,
    tag: tag ?? "latest",
    digest: digest ?? null,
  };
}

/** The reference with its digest and without its tag, which may move: what config names. */
export const byDigest = (text: string, digest: string): string =>
  `${text.replace(/@sha256:.*$/, "").replace(/:[\w][\w.-]*$/, "")}@${digest}`;
