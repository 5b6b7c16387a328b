import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { command } from "../machine/command.ts";
import { folders } from "../folders.ts";
import { network, ports } from "../machine/network.ts";

/** What to build, and where to push it. */
export interface ImageBuild {
  /** Folder that COPY reads from. */
  readonly context: string;
  /** Path of the Dockerfile. @default `<context>/Dockerfile` */
  readonly dockerfile?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /**
   * Name and tag, with or without the registry: `address-book:1` is pushed as
   * `127.0.0.1:5000/address-book:1`.
   */
  readonly tag: string;
  /** The cache of the environment. @default as `npm run local` uses it */
  readonly cache?: string;
}

const LIMIT_MILLISECONDS = 5 * 60_000;

/**
 * Builds an image from a Dockerfile (COPY and RUN work) and pushes it to the local registry.
 *
 * @returns the image by its digest, `127.0.0.1:5000/name@sha256:…`
 * @throws {Error} with the end of the build's output
 */
export async function buildImage(build: ImageBuild): Promise<string> {
  const place = folders(build.cache);
  const { repository, tag } = imageName(build.tag);
  const dockerfile = build.dockerfile ?? path.join(build.context, "Dockerfile");
  const arguments_ = Object.entries(build.buildArgs ?? {}).flatMap(([key, value]) => [
    "--build-arg",
    `${key}=${value}`,
  ]);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "zero-downtime-image-"));
  const image = `${repository}:${tag}`;
  const purpose = `build the image ${image}`;
  const options = { purpose, limitMilliseconds: LIMIT_MILLISECONDS, env: { TMPDIR: scratch } };
  const buildah = (verb: string, args: readonly string[]) =>
    command("buildah", [...storage(place.cache), verb, ...args], options);
  try {
    await buildah("build", [
      ...[
        "--isolation",
        "chroot",
        "--layers=false",
        "--tls-verify=false",
        "--pull-always=false",
        "--timestamp",
        "0",
      ],
      ...arguments_,
      ...["--file", dockerfile, "--tag", image, build.context],
    ]);
    const digestFile = path.join(scratch, "digest");
    await buildah("push", ["--quiet", "--tls-verify=false", "--digestfile", digestFile, image]);
    return `${repository}@${fs.readFileSync(digestFile, "utf8").trim()}`;
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** Repository (with registry) and tag of a name such as `address-book:1`. */
export function imageName(text: string): { repository: string; tag: string } {
  const registry = `${network.loopback}:${ports.registry}`;
  const full = /^[^/]+[.:][^/]*\//.test(text) ? text : `${registry}/${text}`;
  const match = /^(.+\/[^:]+)(?::([\w.-]+))?$/.exec(full);
  if (match === null) {
    throw new Error(`Cannot name an image so, as it must be name or name:tag: ${text}`);
  }
  return { repository: match[1] ?? full, tag: match[2] ?? "latest" };
}

function storage(cache: string): string[] {
  return [
    ...["--root", path.join(cache, "buildah")],
    ...["--runroot", path.join(cache, "run", "buildah")],
    ...["--storage-driver", "overlay"],
  ];
}
