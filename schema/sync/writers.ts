import { literal, sql, type Sql } from "../sql/sql.ts";

/** The two versions of a release. */
export type Version = "old" | "new";

/** The logins of the two versions; null where none is known, and values alone decide. */
export type Writers = Readonly<Record<Version, string | null>>;

/** Where no login is known. */
export const NO_WRITERS: Writers = { old: null, new: null };

/**
 * Whether the session that writes logged in as this version. SET ROLE and SECURITY DEFINER
 * functions change `current_user` only, so what they write counts as the version that uses them.
 */
export function writtenBy(writers: Writers, version: Version): Sql {
  const login = writers[version];
  return login === null ? sql`false` : sql`session_user OPERATOR(pg_catalog.=) ${literal(login)}`;
}
