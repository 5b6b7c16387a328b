// The resource Image: built and pushed when its inputs change, among them a digest of the
// build context.
import { isDeepStrictEqual } from "node:util";
import { relative } from "node:path";
import type { Engine } from "../protocol/engine.ts";
import type { Change, Checked, CheckRequest, Difference, DiffRequest } from "../protocol/provider.ts";
import {
  hasUnknown,
  isProperties,
  reveal,
  revealProperties,
  Secret,
  type Properties,
  type Value,
} from "../protocol/values.ts";
import type { Builder } from "./builder.ts";
import { contextDigest } from "./context-digest.ts";
import { readBuild, readImage, requireDockerfile } from "./image-inputs.ts";
import { parseImageName } from "./image-name.ts";

const INPUTS = "__inputs";

/** Fills in context, Dockerfile, digest and platform. Throws on what cannot be built. */
export async function checkImage(request: CheckRequest, engine: Engine): Promise<Checked> {
  const entries = Object.entries(request.news).filter(([, value]) => value !== null);
  const inputs: Properties = { buildOnPreview: false, ...Object.fromEntries(entries) };
  if (inputs["imageName"] === undefined) {
    const reason = `Missing required property 'imageName'`;
    return { inputs, failures: [{ property: "imageName", reason }] };
  }
  if (hasUnknown(inputs["buildOnPreview"] ?? null)) inputs["buildOnPreview"] = false;
  const given = inputs["build"] ?? {};
  const build = given instanceof Secret ? given.value : given;
  if (isProperties(build)) inputs["build"] = await checkBuild(build, request.urn, engine);
  const { imageName, skipPush, build: options } = readImage(inputs);
  if ((!skipPush || options.cacheFrom.length > 0) && imageName !== "") {
    parseImageName(imageName);
    options.cacheFrom.forEach(parseImageName);
  }
  return { inputs, failures: [] };
}

async function checkBuild(given: Properties, urn: string, engine: Engine): Promise<Properties> {
  const build = { ...given };
  const options = readBuild(given);
  if (!hasUnknown(given["context"] ?? null)) build["context"] = options.context;
  if (!hasUnknown(given["dockerfile"] ?? null) && !hasUnknown(given["context"] ?? null)) {
    build["dockerfile"] = options.dockerfile;
    requireDockerfile(options);
    build["contextDigest"] = await contextDigest(options.context, options.dockerfile);
  }
  if ((given["platform"] ?? null) === null) {
    const platform = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
    build["platform"] = platform;
    const message =
      `Building your image for ${platform} architecture.\nTo ensure you are building for the correct platform, ` +
      "consider explicitly setting the `platform` field on ImageBuildOptions.";
    engine.log("info", urn, message);
  }
  return build;
}

/** Compares with the recorded inputs. Credentials alone are no reason to build again. */
export function diffImage(request: DiffRequest): Difference {
  const recorded = reveal(request.olds[INPUTS] ?? null);
  const old = isProperties(recorded) ? recorded : {};
  const news = revealProperties(request.news);
  const detailed = new Map<string, Change>();
  for (const key of new Set([...Object.keys(old), ...Object.keys(news)])) {
    const [before, after] = [old[key], news[key]];
    if (before === undefined) detailed.set(key, { kind: "add", replaces: false, input: false });
    else if (after === undefined) detailed.set(key, { kind: "delete", replaces: false, input: false });
    else if (!isSame(key, before, after))
      detailed.set(key, { kind: "update", replaces: false, input: false });
  }
  return {
    changed: detailed.size > 0,
    replaces: [],
    deleteBeforeReplace: false,
    detailed,
    diffs: [...detailed.keys()],
  };
}

function isSame(key: string, before: Value, after: Value): boolean {
  if (key === "registry" && isProperties(before) && isProperties(after)) {
    return (
      before["server"] === after["server"] || before["server"] === undefined || after["server"] === undefined
    );
  }
  return !hasUnknown(after) && isDeepStrictEqual(before, after);
}

/** Whether a preview may build; says why not when it was asked to. */
export function buildsInPreview(inputs: Properties, urn: string, engine: Engine): boolean {
  if (reveal(inputs["buildOnPreview"] ?? null) !== true) return false;
  const build = reveal(inputs["build"] ?? null);
  const known =
    isProperties(build) &&
    !["dockerfile", "context", "args"].some((key) => hasUnknown(build[key] ?? null)) &&
    !hasUnknown(inputs["imageName"] ?? null);
  if (!known) {
    const message =
      "Minimum inputs for build are unresolved. Continuing without preview image build. To avoid this warning, ensure " +
      "image name, dockerfile, args, and context are resolved at preview.";
    engine.log("warning", urn, message);
  }
  return known;
}

/** Builds, pushes unless told not to, and returns what is recorded. */
export async function makeImage(
  builder: Builder,
  inputs: Properties,
  place: { urn: string; preview: boolean; engine: Engine; cancelled: AbortSignal },
): Promise<Properties> {
  const image = readImage(inputs);
  const { urn, engine, cancelled } = place;
  const work = { cancelled, line: (text: string) => engine.status("info", urn, text) };
  const { username, password } = image.registry;
  if (!image.skipPush && (username === "") !== (password === "")) {
    const [missing, given] = username === "" ? ["username", "password"] : ["password", "username"];
    engine.log("warning", urn, `${missing} was not set, although ${given} was; using host credentials file`);
  }
  work.line("Starting Docker build");
  const imageId = await explained("error building image", builder.build(image, work));
  let repoDigest = imageId;
  if (!image.skipPush && !place.preview) {
    work.line("Pushing Image to the registry");
    const digest = await explained("error reading push output", builder.push(image, work));
    const { domain, path } = parseImageName(image.imageName);
    repoDigest = `${domain}/${path}@${digest}`;
  }
  engine.status("info", urn, "");
  return {
    dockerfile: relative(image.build.context, image.build.dockerfile),
    context: image.build.context,
    baseImageName: image.imageName,
    registryServer: image.registry.server,
    imageName: image.imageName,
    platform: image.build.platform,
    repoDigest,
    [INPUTS]: new Secret(revealProperties(inputs)),
  };
}

async function explained<Result>(what: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
