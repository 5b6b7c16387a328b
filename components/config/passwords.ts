import { coloursWithLogin } from "../../release/database/logins.ts";
import { hasDatabase, type Release } from "../../release/release.ts";
import { configKey } from "../../protocol/names.ts";

/**
 * Why a release cannot be made with the passwords that config holds. What serves keeps its colour's
 * login when `database.logins` has changed, until another version has taken over.
 *
 * @param known names of the passwords that are set
 */
export function missingPasswords(release: Release, known: readonly string[]): string[] {
  if (!hasDatabase(release)) return [];
  return coloursWithLogin(release)
    .filter((colour) => !known.includes(colour))
    .map(
      (colour) =>
        `Cannot do without ${configKey(`databasePasswords.${colour}`)} as pods of ${colour} log in with it: it is not set. Keep it until the next release is over.`,
    );
}

/**
 * Whether a password reads the same within a URL as by itself: letters, digits and `-._~`. All else
 * is escaped in some clients' URLs and not in others', or ends the password there.
 */
export const isUrlSafe = (password: string): boolean => /^[\w.~-]*$/.test(password);

/** A text that a container is given and in which `$(PGPASSWORD)` stands, such as a URL. */
export interface PasswordUse {
  readonly container: string;
  /** The variable, or `command` or `args`. */
  readonly place: string;
}

/**
 * Why a colour's password may not stand within these texts; null where it may. Nothing of the
 * password is shown.
 *
 * @param key of config: `databasePasswords.green`
 */
export function unsafeInValues(key: string, password: string, uses: readonly PasswordUse[]): string | null {
  const [first] = uses;
  if (!first || isUrlSafe(password)) return null;
  const more = uses.length > 1 ? ` and ${uses.length - 1} more` : "";
  return (
    `Cannot put ${configKey(key)} where $(PGPASSWORD) stands, in ${first.place} of container ${first.container}${more}, ` +
    `as it holds other characters than letters, digits, "-", ".", "_" and "~", which a URL would need escaped and nothing escapes. ` +
    `Give the idle colour another password, such as one of openssl rand -hex 24, or let the application read PGPASSWORD itself.`
  );
}

/**
 * Whether `$(PGPASSWORD)` within a text is replaced by the password; `$$(PGPASSWORD)` is not. A
 * text that is nothing else is the password itself, of whatever characters.
 */
export const holdsPassword = (text: string): boolean =>
  text !== "$(PGPASSWORD)" && /(^|[^$])(\$\$)*\$\(PGPASSWORD\)/.test(text);
