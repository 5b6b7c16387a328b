import { endAtOnceWhenInterrupted } from "../stack/interrupt.ts";
import type { GlobalOptions } from "../stack/project.ts";
import { Trouble } from "../cli-error.ts";
import { comment, MOST_STACKS } from "./comment.ts";
import { putComment } from "./comment-host.ts";
import { gatherParts } from "./gather-parts.ts";
import { hostFrom } from "./detect-host.ts";
import { isRefused } from "./comment-data.ts";
import { redact, redactParts, secretsOfEnvironment } from "./redact.ts";

/** What GitHub takes; a printed comment can be pasted there. */
const PRINTED_LIMIT = 65_536;

export interface PreviewOptions extends GlobalOptions {
  /** All that were named, in order. */
  readonly stacks?: readonly string[];
}

/**
 * `zd preview`: writes what merging would do into the pull request's one comment, or prints it
 * where no pull request is named.
 *
 * @throws {Trouble} where a move is refused or a migration is not safe, after the comment
 *   was written
 */
export async function postPreview(options: PreviewOptions): Promise<void> {
  endAtOnceWhenInterrupted();
  const environmentSecrets = secretsOfEnvironment(process.env);
  try {
    await post(options, environmentSecrets);
  } catch (error) {
    if (!(error instanceof Trouble)) throw new Error(redact(String(error), environmentSecrets));
    const { ending, message, advice } = error;
    throw new Trouble(ending, redact(message, environmentSecrets), redact(advice, environmentSecrets));
  }
}

async function post(options: PreviewOptions, environmentSecrets: readonly string[]): Promise<void> {
  const stacks = stacksNamed(options);
  // Whether the comment can be written is known before minutes are spent on its content.
  const host = hostFrom(process.env);
  const { parts, secrets } = await gatherParts(stacks, process.env["PULL_REQUEST_COMMIT"] ?? null);
  const clean = redactParts(parts, [...environmentSecrets, ...secrets]);
  if (host) {
    const done = await putComment(host, comment(clean, host.limit));
    process.stdout.write(`The comment of ${host.name}: ${done}.\n`);
  } else {
    process.stdout.write(`${comment(clean, PRINTED_LIMIT)}\n`);
  }
  for (const { diff } of clean.stacks) if (host && diff !== "") process.stdout.write(`${diff}\n`);
  if (isRefused(parts)) {
    throw new Trouble(
      "refused",
      "This must not be merged as it is: a move is refused, or a migration is not safe.",
      "The comment says which, and why.",
    );
  }
}

function stacksNamed({ stacks = [], configFile }: PreviewOptions): GlobalOptions[] {
  if (stacks.length === 0 || stacks.length > MOST_STACKS || (configFile !== undefined && stacks.length > 1)) {
    throw new Trouble(
      "usage",
      `Cannot preview as 1 to ${MOST_STACKS} stacks must be named, and one only with --config-file: ${stacks.length} are. Nothing was posted.`,
      "zd preview --stack production",
    );
  }
  return stacks.map((stack) => ({ stack, ...(configFile === undefined ? {} : { configFile }) }));
}
