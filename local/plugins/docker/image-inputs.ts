// What a program may say about an image, with the official provider's defaults.
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import {
  hasUnknown,
  isProperties,
  reveal,
  UNKNOWN,
  type Properties,
  type Value,
} from "../protocol/values.ts";

/** How an image is built; texts are empty where nothing is said. */
export interface BuildOptions {
  readonly context: string;
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string;
  readonly platform: string;
  readonly network: string;
  readonly addHosts: readonly string[];
  readonly cacheFrom: readonly string[];
}

/** An image, how it is built and where it is pushed. */
export interface ImageOptions {
  readonly imageName: string;
  readonly skipPush: boolean;
  readonly registry: { readonly server: string; readonly username: string; readonly password: string };
  readonly build: BuildOptions;
}

/**
 * Reads checked inputs; what is not known yet is as if it were not given. Throws on what the
 * official provider refuses.
 */
export function readImage(inputs: Properties): ImageOptions {
  const registry = mapOf(inputs["registry"]);
  return {
    imageName: textOf(inputs["imageName"]),
    skipPush: reveal(inputs["skipPush"] ?? null) === true,
    registry: {
      server: textOf(registry["server"]),
      username: textOf(registry["username"]),
      password: textOf(registry["password"]),
    },
    build: readBuild(inputs["build"]),
  };
}

/** Reads build options and fills in context and Dockerfile. */
export function readBuild(value: Value | undefined): BuildOptions {
  const build = mapOf(value);
  const context = textOf(build["context"]) || ".";
  const version = textOf(build["builderVersion"]);
  if (version !== "" && version !== "BuilderV1" && version !== "BuilderBuildKit") {
    throw new Error("invalid Docker Builder version");
  }
  const args = Object.entries(mapOf(build["args"])).filter(([, arg]) => !hasUnknown(arg));
  return {
    context,
    dockerfile: textOf(build["dockerfile"]) || join(context, "Dockerfile"),
    args: Object.fromEntries(args.map(([key, arg]) => [key, textOf(arg)])),
    target: textOf(build["target"]),
    platform: textOf(build["platform"]),
    network: textOf(build["network"]),
    addHosts: textsOf(build["addHosts"]),
    cacheFrom: readCache(build["cacheFrom"]),
  };
}

function readCache(value: Value | undefined): string[] {
  const cache = mapOf(value);
  if (Object.keys(cache).length === 0) return [];
  if (!("images" in cache)) throw new Error("cacheFrom requires an `images` field");
  const images = reveal(cache["images"] ?? null);
  if (images !== null && images !== UNKNOWN && !Array.isArray(images)) {
    throw new Error("the `images` field must be a list of strings");
  }
  return textsOf(images);
}

/** Throws when there is no Dockerfile at its place; says which place would do. */
export function requireDockerfile({ context, dockerfile }: BuildOptions): void {
  if (existsSync(dockerfile)) return;
  const problem = `stat ${dockerfile}: no such file or directory`;
  if (isAbsolute(dockerfile)) {
    throw new Error(`expected a relative Dockerfile path; got "${dockerfile}" instead: ${problem}`);
  }
  const inContext = join(context, dockerfile);
  if (!existsSync(inContext))
    throw new Error(`could not open dockerfile at relative path "${dockerfile}": ${problem}`);
  throw new Error(
    `could not open dockerfile at relative path "${dockerfile}". Try setting \`dockerfile\` to "${inContext}"`,
  );
}

function mapOf(value: Value | undefined): Properties {
  const plain = reveal(value ?? null);
  return isProperties(plain) ? plain : {};
}

function textOf(value: Value | undefined): string {
  const plain = reveal(value ?? null);
  return typeof plain === "string" ? plain : "";
}

function textsOf(value: Value | undefined): string[] {
  const plain = reveal(value ?? null);
  return Array.isArray(plain) ? plain.filter((part) => typeof part === "string") : [];
}
