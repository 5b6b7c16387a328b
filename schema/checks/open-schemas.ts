import type { Creator } from "../state/catalog.ts";
import type { Asked } from "../protection/asked.ts";
import { identifier } from "../sql/sql.ts";

/**
 * A name in a migration's files that fits better than PostgreSQL's own is found in the
 * application's schema, and a Job runs it as the owner of the tables. Only who may create there can
 * put one in: no login may, whichever it is. A group without logins is noted.
 */
export function openSchemas({ migration, schema, application, facts }: Asked): readonly string[] {
  if (migration.mappings.length === 0) return [];
  return facts.creators
    .filter((creator) => isOpenTo(creator, application))
    .map(
      ({ role }) =>
        `${nameOf(role)} may create functions and operators in schema ${schema}, and one that fits a call or a comparison better than PostgreSQL's own would run with the owner's rights: REVOKE CREATE ON SCHEMA ${identifier(schema).text} FROM ${grantee(role)}`,
    );
}

/** What people should know of the application's schema. One sentence each. */
export function schemaNotes(schema: string, creators: readonly Creator[]): readonly string[] {
  return creators.map(
    ({ role }) =>
      `${nameOf(role)} may create functions and operators in schema ${schema}, and one that fits a call or a comparison better than PostgreSQL's own is run by everyone who works there, this Job too: REVOKE CREATE ON SCHEMA ${identifier(schema).text} FROM ${grantee(role)} unless it is needed`,
  );
}

function isOpenTo({ role, logins }: Creator, application: readonly string[]): boolean {
  return role === null || logins.length > 0 || application.includes(role);
}

function nameOf(role: string | null): string {
  return role === null ? "PUBLIC (everyone who may connect)" : `role ${role}`;
}

function grantee(role: string | null): string {
  return role === null ? "PUBLIC" : identifier(role).text;
}
