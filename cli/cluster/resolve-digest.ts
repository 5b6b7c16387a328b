import { askDigest, type Unanswered } from "../../protocol/registry/ask-digest.ts";
import { imageReference } from "../../protocol/kubernetes/image-reference.ts";
import { Trouble } from "../cli-error.ts";

const LIMIT_MILLISECONDS = 10_000;

/**
 * An image by the digest that its tag has now, so that every later stage runs the same one. Logs in
 * as docker does.
 *
 * @throws {Trouble} where the registry has no such image, or does not answer
 */
export async function resolveDigest(text: string): Promise<string> {
  const answer = await askDigest(text, AbortSignal.timeout(LIMIT_MILLISECONDS));
  if ("image" in answer) return answer.image;
  throw troubleOf(text, answer);
}

function troubleOf(text: string, { reason, words }: Unanswered): Trouble {
  switch (reason) {
    case "no image":
      return new Trouble("usage", `${words}.`, "zd candidate --help");
    case "not there":
      return new Trouble(
        "refused",
        `Cannot find ${text}: ${words}. Nothing was changed.`,
        "Push it first, or correct the name.",
      );
    case "no login":
      return new Trouble(
        "unreachable",
        `Cannot ask for ${text}: ${words}. Nothing was changed.`,
        `Log in with docker login ${imageReference(text).registry}, or name the image by digest.`,
      );
    case "no answer":
      return new Trouble(
        "unreachable",
        `Cannot ask for ${text}: ${words}. Nothing was changed.`,
        "Is the name right, the network up? An image named by digest needs no look.",
      );
  }
}
