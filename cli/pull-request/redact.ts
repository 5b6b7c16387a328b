import type { PullRequestParts } from "./comment-data.ts";

/** What stands in the place of a secret. */
export const MASK = "[secret]";

/** A shorter one would be found in innocent words, and its masks would tell where it stands. */
const SHORTEST_SECRET = 4;

/** Names of environment variables that hold secrets. */
const SECRET_NAME = /(TOKEN|PASSWORD|PASSPHRASE|SECRET|CREDENTIALS?|_KEY)(_|$)/i;

/**
 * The text without the secrets, as they are and as they are written in JSON, URLs and
 * Kubernetes Secrets.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap(formsOf).filter((form) => form.length >= SHORTEST_SECRET);
  // A secret may be part of another one; the longer goes first.
  const ordered = [...new Set(forms)].sort((one, two) => two.length - one.length);
  return ordered.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

function formsOf(secret: string): string[] {
  return [secret, ...secret.split("\n")].flatMap((one) => [
    one,
    one.trim(),
    JSON.stringify(one).slice(1, -1),
    encodeURIComponent(one),
    Buffer.from(one).toString("base64"),
  ]);
}

/** Every text of the parts without the secrets. */
export const redactParts = (parts: PullRequestParts, secrets: readonly string[]): PullRequestParts => {
  const clean = (text: string) => redact(text, secrets);
  return {
    stacks: parts.stacks.map((part) => ({
      ...part,
      plan: part.plan.map(clean),
      refusals: part.refusals.map(clean),
      diff: clean(part.diff),
    })),
    lint: { ...parts.lint, lines: parts.lint.lines.map(clean) },
    commit: parts.commit,
  };
};

/** Values of the environment that must not be published, known by their variables' names. */
export const secretsOfEnvironment = (environment: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) ? [value] : [],
  );

/** Values that `pulumi config --show-secrets --json` marks as secret. */
export function secretsOfConfig(printed: unknown): string[] {
  return Object.values(printed as Record<string, ConfigValue>).flatMap(({ secret, value, objectValue }) =>
    secret === true ? [...leaves(objectValue), ...(typeof value === "string" ? [value] : [])] : [],
  );
}

interface ConfigValue {
  readonly secret?: boolean;
  readonly value?: unknown;
  readonly objectValue?: unknown;
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}
