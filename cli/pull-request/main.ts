// npm run pull-request-comment -- --stack <name> [--stack <name>] [--config-file <file>]
// Writes what merging would do into the pull request's one comment, or prints it where no pull request is named.
import { parseArgs } from "node:util";
import { EXIT_CODES, Trouble } from "../cli-error.ts";
import { comment, MOST_STACKS } from "./comment.ts";
import { putComment } from "./comment-host.ts";
import { gatherParts } from "./gather-parts.ts";
import { hostFrom } from "./detect-host.ts";
import { isRefused } from "./comment-data.ts";
import { redact, redactParts, secretsOfEnvironment } from "./redact.ts";

/** What GitHub takes; a printed comment can be pasted there. */
const PRINTED_LIMIT = 65_536;

const environmentSecrets = secretsOfEnvironment(process.env);

try {
  process.exitCode = EXIT_CODES[await run()];
} catch (error) {
  if (!(error instanceof Trouble)) throw new Error(redact(String(error), environmentSecrets));
  process.stderr.write(`${redact(`${error.message}\n${error.advice}`, environmentSecrets)}\n`);
  process.exitCode = EXIT_CODES[error.ending];
}

async function run(): Promise<"done" | "refused"> {
  const stacks = stacksNamed();
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
  return isRefused(parts) ? "refused" : "done";
}

function stacksNamed(): { stack: string; configFile?: string }[] {
  const { values } = parsed();
  const stacks = values.stack ?? [];
  const configFile = values["config-file"];
  if (stacks.length === 0 || stacks.length > MOST_STACKS || (configFile !== undefined && stacks.length > 1)) {
    throw misused(
      `1 to ${MOST_STACKS} stacks must be named, and one only with --config-file: ${stacks.length} are`,
    );
  }
  return stacks.map((stack) => ({ stack, ...(configFile === undefined ? {} : { configFile }) }));
}

function parsed() {
  try {
    return parseArgs({
      options: { stack: { type: "string", multiple: true }, "config-file": { type: "string" } },
    });
  } catch (error) {
    // All that it throws are complaints about what was typed.
    throw misused(error instanceof Error ? error.message : String(error));
  }
}

const misused = (why: string): Trouble =>
  new Trouble(
    "usage",
    `Cannot preview as ${why}. Nothing was posted.`,
    "npm run pull-request-comment -- --stack production",
  );
