import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { byDigest, imageReference, type ImageReference } from "../../protocol/kubernetes/image-reference.ts";
import { Trouble } from "../cli-error.ts";

const LIMIT_MILLISECONDS = 10_000;

const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * An image by the digest that its tag has now, so that every later stage runs the same one. Logs in
 * as docker does.
 *
 * @throws {Trouble} where the registry has no such image, or does not answer
 */
export async function resolveDigest(text: string): Promise<string> {
  const reference = referenceOf(text);
  if (reference.digest !== null) return byDigest(text, reference.digest);
  const answer = await askManifest(reference, text);
  const digest = answer.headers.get("docker-content-digest");
  if (answer.status === 404) {
    throw new Trouble(
      "refused",
      `Cannot find ${text}: ${reference.registry} has no such image. Nothing was changed.`,
      "Push it first, or correct the name.",
    );
  }
  if (!answer.ok || digest === null) {
    throw new Trouble(
      "unreachable",
      `Cannot ask ${reference.registry} for ${text}: it answers ${answer.status} ${answer.statusText}. Nothing was changed.`,
      answer.status === 401 || answer.status === 403
        ? `Log in with docker login ${reference.registry}, or name the image by digest.`
        : "Try again, or name the image by digest.",
    );
  }
  return byDigest(text, digest);
}

function referenceOf(text: string): ImageReference {
  try {
    return imageReference(text);
  } catch (error) {
    throw new Trouble(
      "usage",
      `${error instanceof Error ? error.message : String(error)}.`,
      "zd candidate --help",
    );
  }
}

async function askManifest(reference: ImageReference, text: string): Promise<Response> {
  const { registry, repository, tag } = reference;
  const url = `${schemeOf(registry)}://${registry}/v2/${repository}/manifests/${tag}`;
  const ask = (authorization?: string) =>
    fetch(url, {
      method: "HEAD",
      headers: { accept: MANIFESTS, ...(authorization === undefined ? {} : { authorization }) },
      signal: AbortSignal.timeout(LIMIT_MILLISECONDS),
    });
  try {
    const first = await ask();
    const challenge = first.status === 401 ? first.headers.get("www-authenticate") : null;
    if (challenge === null) return first;
    const authorization = await authorize(challenge, registry);
    return authorization === null ? first : await ask(authorization);
  } catch (error) {
    throw new Trouble(
      "unreachable",
      `Cannot reach ${registry} to look for ${text}: ${reasonOf(error)}. Nothing was changed.`,
      "Is the name right, the network up? An image named by digest needs no look.",
    );
  }
}

/** Only a registry on this machine may be reached without TLS. */
const schemeOf = (registry: string): string =>
  /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registry) ? "http" : "https";

const token = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * Answers a registry's challenge: with the login itself, or with a token that its token service
 * gives for it.
 */
async function authorize(challenge: string, registry: string): Promise<string | null> {
  const login = await loginFor(registry);
  const basic = login === null ? null : `Basic ${Buffer.from(login).toString("base64")}`;
  if (/^basic/i.test(challenge)) return basic;
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = field("realm");
  if (realm === undefined) return null;
  const url = new URL(realm);
  for (const name of ["service", "scope"]) url.searchParams.set(name, field(name) ?? "");
  const answer = await fetch(url, {
    headers: basic === null ? {} : { authorization: basic },
    signal: AbortSignal.timeout(LIMIT_MILLISECONDS),
  });
  if (!answer.ok) return null;
  const given = token.parse(await answer.json());
  return `Bearer ${given.token ?? given.access_token ?? ""}`;
}

const dockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

/** `user:password` as `docker login` has stored it; null where it has not. */
async function loginFor(registry: string): Promise<string | null> {
  const file = join(process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker"), "config.json");
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const config = dockerConfig.parse(JSON.parse(text));
  const key = registry === "registry-1.docker.io" ? "https://index.docker.io/v1/" : registry;
  const helper = config.credHelpers[key] ?? config.credsStore;
  if (helper !== undefined) {
    const { stdout, exitCode } = await execa(`docker-credential-${helper}`, ["get"], {
      input: key,
      reject: false,
    });
    if (exitCode !== 0) return null;
    const { Username, Secret } = JSON.parse(stdout) as { Username: string; Secret: string };
    return `${Username}:${Secret}`;
  }
  const stored = config.auths[key]?.auth;
  return stored === undefined ? null : Buffer.from(stored, "base64").toString("utf8");
}

/** Node's fetch puts the reason of a failure into its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
