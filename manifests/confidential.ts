/** Names under which somebody may have put a secret: of variables, headers, annotations, keys. */
const CONFIDENTIAL = /passw|secret|token|credential|api[-_.]?key|private[-_.]?key|authorization/i;

/** Names that stand for a secret itself, and not for its name, its length or its age. */
const OF_SECRET =
  /(pass(word|wd|phrase)?|pwd|secret|token|credentials?|(api|access|private|secret)[-_.]?key)$/i;

/** A password within a URL, and what is before it. */
const IN_URL = /(:\/\/[^:/@\s]*:)([^@\s]+)@/g;

/** Texts that are secrets whatever they are called: keys, and tokens with their issuers' marks. */
const SECRETS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^(gh[opsu]_|github_pat_|glpat-|xox[abprs]-|[rs]k_live_|AKIA|ASIA)\w{8,}/,
  /(^|[;\s])(password|pwd)\s*=\s*(?!\$\()[^;\s]/i,
];

/** Whether a value under this name must not be shown. */
export const soundsConfidential = (name: string): boolean => CONFIDENTIAL.test(name);

/** A text without the passwords of URLs in it. */
export const withoutPasswords = (text: string): string => text.replace(IN_URL, "$1…@");

/**
 * Whether a value in clear looks like a secret: by the name that it has, as it is a URL with a
 * password, or by its form. What consists of other variables (`$(PASSWORD)`) holds none itself.
 */
export function looksSecret(name: string, value: string): boolean {
  const isFixed = (text: string) => text.replace(/\$\([^)]*\)/g, "") !== "";
  const isWord = /^(true|false|yes|no|on|off|none|\d+)$/i.test(value);
  return (
    (OF_SECRET.test(name) && isFixed(value) && !isWord) ||
    SECRETS.some((pattern) => pattern.test(value)) ||
    [...value.matchAll(IN_URL)].some(([, , password = ""]) => isFixed(password))
  );
}
