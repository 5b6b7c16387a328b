// Image references such as `registry:5000/team/app:1`.

/** The parts of a fully qualified name. */
export interface ImageName {
  readonly domain: string;
  readonly path: string;
  /** Empty when there is none. */
  readonly tag: string;
}

/**
 * Parses a fully qualified name, with the registry in front. Throws with the official provider's
 * words otherwise.
 */
export function parseImageName(name: string): ImageName {
  const match = /^(.*?)(?::([\w][\w.-]{0,127}))?(?:@sha256:[0-9a-f]{64})?$/.exec(name);
  const repository = match?.[1] ?? "";
  const slash = repository.indexOf("/");
  const domain = repository.slice(0, Math.max(slash, 0));
  const path = repository.slice(slash + 1);
  const isDomain = /[.:]/.test(domain) || domain === "localhost";
  if (repository !== repository.toLowerCase() && repository.slice(slash + 1) !== path.toLowerCase()) {
    throw unqualified(name, `invalid reference format: repository name (${path}) must be lowercase`);
  }
  if (!/^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/.test(path)) {
    throw unqualified(name, "invalid reference format");
  }
  // Docker Hub's own images are canonical only as docker.io/library/….
  if (!isDomain || (domain === "docker.io" && !path.includes("/"))) {
    throw unqualified(name, "repository name must be canonical");
  }
  return { domain, path, tag: match?.[2] ?? "" };
}

function unqualified(name: string, problem: string): Error {
  return new Error(
    `"${name}": ${problem}.\nThis resource requires all image names to be fully qualified.\nFor example, if you are ` +
      "attempting to push to Dockerhub, prefix your image name with `docker.io`:\n\n`docker.io/repository/image:tag`",
  );
}

/** True for registries on this machine, which Docker talks to without TLS. */
export function isLoopback(domain: string): boolean {
  const host = domain.replace(/:\d+$/, "");
  return host === "localhost" || /^127\./.test(host) || host === "[::1]";
}
