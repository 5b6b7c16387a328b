import type { Config } from "../protocol/config/config-schema.ts";
import { imageReference } from "../protocol/kubernetes/image-reference.ts";
import { configKey } from "../protocol/names.ts";
import type { Unanswered } from "../protocol/registry/ask-digest.ts";
import type { AskDigests } from "../protocol/registry/ask-digests.ts";
import type { ColourRecord } from "../protocol/state/colour-record.ts";
import { describeFinding, type Finding } from "./kube-object.ts";
import { withDigests, type ImageDigests } from "./prepare/other-images.ts";
import { versionDigest } from "./version-digest.ts";
import type { VersionFromFiles } from "./version-from-files.ts";
import type { Addition } from "./version-objects.ts";

/** A version whose images are named by digest, as far as registries say them. */
export interface FixedVersion extends VersionFromFiles {
  /** Digests that the objects name where the files have a tag. */
  readonly images: ImageDigests;
}

/** What images are fixed by. */
export interface FixingNeeds {
  /** `zero-downtime:images`. */
  readonly images: Config["images"];
  /** Of the stack, for digests of records; null: it has none yet. */
  readonly key: string | null;
  /** What the colour was prepared from last; null: nothing. */
  readonly kept: Pick<ColourRecord, "digest" | "images"> | null;
  readonly ask: AskDigests;
}

type Tagged = VersionFromFiles["tagged"][number];

/**
 * Gives the images of a version that is prepared their digests, as a tag may be given to another
 * image between the start of one pod and the next. Where the colour was prepared from the same
 * files already it keeps the digests that it has, and no registry is asked: it stays the same
 * wherever a tag has moved since.
 */
export async function withFixedImages(
  version: VersionFromFiles,
  { images: rule, key, kept, ask }: FixingNeeds,
): Promise<FixedVersion> {
  const { objects, tagged } = version;
  if (!objects) return { ...version, images: {} };
  const before = kept?.images ?? {};
  const isSame = key !== null && kept?.digest === versionDigest(key, withDigests(objects, before));
  const known = isSame ? before : {};
  const open = tagged.filter(({ image, isPulled }) => isPulled && !Object.hasOwn(known, image));
  const names = [...new Set(open.map(({ image }) => image))];
  const answers = names.length === 0 || (isSame && rule === "resolve") ? {} : await ask(names);
  const said = Object.entries(answers).flatMap(([tag, answer]) =>
    "image" in answer ? [[tag, answer.image] as const] : [],
  );
  const images: ImageDigests = { ...known, ...Object.fromEntries(said) };
  const left = tagged.filter(({ image, isPulled }) => !isPulled || !Object.hasOwn(images, image));
  const findings = left.map((one) => describeFinding(stays(one, answers[one.image], rule)));
  const problems = [...version.problems, ...(rule === "strict" ? findings : [])];
  return {
    ...version,
    objects: problems.length > 0 ? null : withDigests(objects, images),
    problems,
    notes: [...version.notes, ...(rule === "strict" ? [] : findings)],
    added: [
      ...version.added,
      ...tagged.filter((one) => !left.includes(one)).map((one) => fixed(one, images)),
    ],
    images,
  };
}

const fixed = ({ title, image }: Tagged, images: ImageDigests): Addition => ({
  what: `${title}: image ${image} as ${images[image] ?? image}`,
  why: "a tag may be given to another image, and pods of the same version would run different ones",
});

function stays(
  { title, image, isPulled, source }: Tagged,
  answer: Unanswered | { readonly image: string } | undefined,
  rule: Config["images"],
): Finding {
  const unanswered = answer && "reason" in answer ? answer : null;
  const why = !isPulled
    ? "it is never pulled, and no registry knows which one the nodes have"
    : (unanswered?.words ?? "its registry did not say the digest when the version was prepared");
  const names = `${title} names its image by tag (${image})`;
  const advice =
    unanswered?.reason === "no login" ? `${logIn(image)}, or name it by digest` : "Name it by digest";
  return rule === "strict"
    ? { source, text: `${names}, and ${configKey("images")} is strict: ${why}`, advice }
    : {
        source,
        text: `${names} and keeps it, so pods of the same version may run different ones: ${why}`,
        advice: `${advice}; ${configKey("images")}: strict refuses a tag`,
      };
}

const logIn = (image: string): string => `Log in with docker login ${imageReference(image).registry}`;
