// What builds and pushes: a Docker daemon where one answers, else buildah.
import { request } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { existsSync } from "node:fs";
import { ignoreFileOf } from "./context-digest.ts";
import type { ImageOptions } from "./image-inputs.ts";
import { isLoopback, parseImageName } from "./image-name.ts";
import { runTool } from "./run-tool.ts";

/** What a builder needs beside the image. */
export interface Work {
  readonly cancelled: AbortSignal;
  /** Shows a line of output. */
  line(text: string): void;
}

/** Builds and pushes images. */
export interface Builder {
  /** Builds the image under its name and returns its id, `sha256:…`. */
  build(image: ImageOptions, work: Work): Promise<string>;
  /** Pushes the image and returns the digest of its manifest. */
  push(image: ImageOptions, work: Work): Promise<string>;
}

/** The builder of this machine. Throws with the official provider's words when there is none. */
export async function findBuilder(host: string | undefined): Promise<Builder> {
  const sockets = [host ?? "unix:///var/run/docker.sock"];
  if (host === undefined) {
    sockets.push(
      `unix://${homedir()}/.docker/run/docker.sock`,
      `unix://${homedir()}/.docker/desktop/docker.sock`,
    );
  }
  for (const socket of sockets) {
    if (onPath("docker") && (await answers(socket))) return dockerBuilder(socket);
  }
  if (onPath("buildah")) return buildahBuilder();
  throw new Error(
    "docker native provider returned an unexpected error from Configure: failed to connect to any docker daemon",
  );
}

function onPath(command: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => existsSync(join(folder, command)));
}

async function answers(socket: string): Promise<boolean> {
  const url = new URL(socket);
  const options =
    url.protocol === "unix:"
      ? { socketPath: url.pathname, path: "/_ping" }
      : { host: url.hostname, port: url.port || 2375, path: "/_ping" };
  if (url.protocol === "ssh:") return true;
  return new Promise((resolve) => {
    const outgoing = request({ ...options, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => resolve(false));
    outgoing.end();
  });
}

function buildArguments({ build, imageName }: ImageOptions): string[] {
  return [
    ...Object.entries(build.args).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
    ...(build.target === "" ? [] : ["--target", build.target]),
    ...(build.platform === "" ? [] : ["--platform", build.platform]),
    ...(build.network === "" ? [] : ["--network", build.network]),
    ...build.addHosts.flatMap((entry) => ["--add-host", entry]),
    ...["--file", build.dockerfile, "--tag", imageName],
  ];
}

/** Storage of the one-machine environment, so that layers of its base images are there already. */
function storage(): string[] {
  const cache = process.env["ZERO_DOWNTIME_CACHE"] ?? join(homedir(), ".cache", "zero-downtime");
  const runRoot = join(cache, "run", "buildah");
  return ["--root", join(cache, "buildah"), "--runroot", runRoot, "--storage-driver", "overlay"];
}

function tlsOptions(domain: string): string[] {
  return isLoopback(domain) ? ["--tls-verify=false"] : [];
}

function buildahBuilder(): Builder {
  const domainOf = (image: ImageOptions): string =>
    image.skipPush ? "" : parseImageName(image.imageName).domain;
  return {
    async build(image, { cancelled, line }) {
      const { context, dockerfile } = image.build;
      const ignoreFile = ignoreFileOf(context, dockerfile);
      return withScratch(async (scratch) => {
        const idFile = join(scratch, "id");
        const args = [
          ...[
            ...storage(),
            "build",
            "--isolation",
            "chroot",
            "--layers",
            "--pull=missing",
            "--iidfile",
            idFile,
          ],
          // Base images come from the local registry more often than not.
          ...tlsOptions(domainOf(image)),
          ...(ignoreFile === undefined ? [] : ["--ignorefile", ignoreFile]),
          ...[...buildArguments(image), context],
        ];
        await runTool({ command: "buildah", args, cancelled, line });
        return (await readFile(idFile, "utf8")).trim();
      });
    },
    async push(image, { cancelled, line }) {
      const { username, password } = image.registry;
      return withScratch(async (scratch) => {
        const digestFile = join(scratch, "digest");
        const credentials = username === "" || password === "" ? [] : ["--creds", `${username}:${password}`];
        const args = [
          ...tlsOptions(domainOf(image)),
          ...credentials,
          "--digestfile",
          digestFile,
          image.imageName,
        ];
        await runTool({ command: "buildah", args: [...storage(), "push", ...args], cancelled, line });
        return (await readFile(digestFile, "utf8")).trim();
      });
    },
  };
}

function dockerBuilder(host: string): Builder {
  const docker = ["--host", host];
  return {
    async build(image, { cancelled, line }) {
      return withScratch(async (scratch) => {
        const idFile = join(scratch, "id");
        const cache = image.build.cacheFrom.flatMap((name) => ["--cache-from", name]);
        const args = [
          ...docker,
          "build",
          "--iidfile",
          idFile,
          ...cache,
          ...buildArguments(image),
          image.build.context,
        ];
        await runTool({ command: "docker", args, cancelled, line });
        return (await readFile(idFile, "utf8")).trim();
      });
    },
    async push(image, { cancelled, line }) {
      const { server, username, password } = image.registry;
      if (username !== "" && password !== "") {
        const registry = server || parseImageName(image.imageName).domain;
        const args = [...docker, "login", "--username", username, "--password-stdin", registry];
        await runTool({ command: "docker", args, cancelled, input: password });
      }
      const output = await runTool({
        command: "docker",
        args: [...docker, "push", image.imageName],
        cancelled,
        line,
      });
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
      if (digest === undefined)
        throw new Error(`no digest in the output of docker push: ${output.slice(-500)}`);
      return digest;
    },
  };
}

async function withScratch<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "image-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
