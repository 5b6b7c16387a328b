import { z } from "zod";
import { byDigest, imageReference, type ImageReference } from "../kubernetes/image-reference.ts";
import { loginFor } from "./docker-login.ts";

/** What a registry says of an image, or why it says nothing. */
export type DigestAnswer =
  | {
      /** The image by the digest that its tag has now. */
      readonly image: string;
    }
  | Unanswered;

/** Why an image's digest is not known. */
export interface Unanswered {
  /**
   * `no image`: the text is none; `not there`: the registry has none of that name; `no login`: it
   * does not let this machine see it; `no answer`: it gives none that says a digest.
   */
  readonly reason: "no image" | "not there" | "no login" | "no answer";
  /** The same as part of a sentence, with the registry's name: `… has no such image`. */
  readonly words: string;
}

const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * Asks an image's registry which digest its tag has now. Logs in as docker does on this machine. An
 * image that is named by digest is not asked for.
 *
 * @param signal ends the question
 */
export async function askDigest(text: string, signal: AbortSignal): Promise<DigestAnswer> {
  let reference: ImageReference;
  try {
    reference = imageReference(text);
  } catch (error) {
    return { reason: "no image", words: messageOf(error) };
  }
  const { registry, digest } = reference;
  if (digest !== null) return { image: byDigest(text, digest) };
  try {
    return answerOf(text, registry, await askManifest(reference, signal));
  } catch (error) {
    const words = signal.aborted ? "has not answered in time" : `cannot be reached: ${messageOf(error)}`;
    return { reason: "no answer", words: `${registry} ${words}` };
  }
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

function answerOf(
  text: string,
  registry: string,
  { ok, status, statusText, headers }: Response,
): DigestAnswer {
  if (status === 404) return { reason: "not there", words: `${registry} has no such image` };
  if (!ok) {
    const reason = status === 401 || status === 403 ? "no login" : "no answer";
    return { reason, words: `${registry} answers ${`${status} ${statusText}`.trim()}` };
  }
  const digest = headers.get("docker-content-digest") ?? "";
  return DIGEST.test(digest)
    ? { image: byDigest(text, digest) }
    : { reason: "no answer", words: `${registry} does not say its digest` };
}

async function askManifest(reference: ImageReference, signal: AbortSignal): Promise<Response> {
  const { registry, repository, tag } = reference;
  const url = `${schemeOf(registry)}://${registry}/v2/${repository}/manifests/${tag}`;
  const ask = (authorization?: string) =>
    fetch(url, {
      method: "HEAD",
      headers: { accept: MANIFESTS, ...(authorization === undefined ? {} : { authorization }) },
      signal,
    });
  const first = await ask();
  const challenge = first.status === 401 ? first.headers.get("www-authenticate") : null;
  if (challenge === null) return first;
  const authorization = await authorize(challenge, registry, signal);
  return authorization === null ? first : ask(authorization);
}

/** Only a registry on this machine may be reached without TLS. */
const schemeOf = (registry: string): string =>
  /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registry) ? "http" : "https";

const token = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * Answers a registry's challenge: with the login itself, or with a token that its token service
 * gives for it.
 */
async function authorize(challenge: string, registry: string, signal: AbortSignal): Promise<string | null> {
  const login = await loginFor(registry, signal);
  const basic = login === null ? null : `Basic ${Buffer.from(login).toString("base64")}`;
  if (/^basic/i.test(challenge)) return basic;
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = field("realm");
  if (realm === undefined) return null;
  const url = new URL(realm);
  for (const name of ["service", "scope"]) url.searchParams.set(name, field(name) ?? "");
  const answer = await fetch(url, { headers: basic === null ? {} : { authorization: basic }, signal });
  if (!answer.ok) return null;
  const given = token.parse(await answer.json());
  return `Bearer ${given.token ?? given.access_token ?? ""}`;
}

/** Node's fetch puts the reason of a failure into its cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? messageOf(error.cause) : error.message;
}
