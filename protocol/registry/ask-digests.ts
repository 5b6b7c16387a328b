import { askDigest, type DigestAnswer } from "./ask-digest.ts";

/** How long all registries together may take: who waits for them has other things to do. */
const LIMIT_MILLISECONDS = 5_000;

/** Says which digests images have now, each by its name in the files. */
export type AskDigests = (images: readonly string[]) => Promise<Readonly<Record<string, DigestAnswer>>>;

/** Asks the registries of all images at the same time. */
export async function askDigests(
  images: readonly string[],
  limitMilliseconds = LIMIT_MILLISECONDS,
): Promise<Readonly<Record<string, DigestAnswer>>> {
  const signal = AbortSignal.timeout(limitMilliseconds);
  const answers = images.map(async (image) => [image, await askDigest(image, signal)] as const);
  return Object.fromEntries(await Promise.all(answers));
}
